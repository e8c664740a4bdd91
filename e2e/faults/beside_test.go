package faults_test

import (
	"context"
	"time"

	"countersign/e2e/program"
)

const together = time.Second // of two releases; as long one of them is alone then

// upgrades are done to a site that the last release has opened: with its configuration of the bus, its streams and its workers' environment, which
// today's workers take as it is. What docs/operations.md says comes first is first; after that every row goes forth and back.
func upgrades() []fault {
	list := []fault{{name: "under workers of the last release the bus gets today's users and streams", does: prepared}}
	for _, w := range workers {
		list = append(list, fault{name: w + " of the last release works beside today's, goes, and comes back", does: forthAndBack(w)})
	}
	return append(list, fault{name: "all workers of the last release work beside today's, go, and come back", does: forthAndBack(workers...)})
}

func prepared(ctx context.Context, s *storm) error {
	s.done()
	s.tools = shared.bin
	if err := s.configure(ctx); err != nil {
		return err
	}
	if err := s.server.Reload(); err != nil {
		return err
	}
	if _, err := s.server.Await(ctx, "(Reloaded server configuration)"); err != nil {
		return err
	}
	if err := s.ensure(ctx); err != nil {
		return err
	}
	return rest(ctx, together)
}

func forthAndBack(names ...string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		last := s.bin
		s.done()
		if err := s.handsOver(ctx, shared.bin, names); err != nil {
			return err
		}
		return s.handsOver(ctx, last, names)
	}
}

// handsOver starts workers of a release beside those that run, which leave after a while.
func (s *storm) handsOver(ctx context.Context, release string, names []string) error {
	s.bin = release
	var leave []*program.Program
	for _, name := range names {
		leave = append(leave, s.worker(name))
		if err := s.again(ctx, name); err != nil {
			return err
		}
	}
	if err := rest(ctx, together); err != nil {
		return err
	}
	for _, p := range leave {
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	return rest(ctx, together)
}
