package faults_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"countersign/pkg/worker/bus"
)

// A mesh is the lines between servers of one cluster, one for each pair in each direction.
type mesh struct {
	ports []string
	pairs map[[2]int]*line
}

func newMesh(size int) (*mesh, error) {
	m := &mesh{pairs: map[[2]int]*line{}}
	for range size {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		m.ports = append(m.ports, port)
		_ = l.Close() // the server's from here on
	}
	for i := range size {
		for j := range size {
			if i == j {
				continue
			}
			l, err := newLine("127.0.0.1:" + m.ports[j])
			if err != nil {
				return nil, err
			}
			m.pairs[[2]int{i, j}] = l
		}
	}
	return m, nil
}

// conf has server i go over its lines. What it tells others of itself leads nowhere: they would find a way beside the lines.
func (m *mesh) conf(i int) string {
	if m == nil {
		return ""
	}
	var routes []string
	for pair, l := range m.pairs {
		if pair[0] == i {
			routes = append(routes, fmt.Sprintf("%q", "nats://"+l.address()))
		}
	}
	return fmt.Sprintf("cluster { name: faults, listen: \"127.0.0.1:%s\", advertise: \"127.0.0.1:1\", no_advertise: true, routes: [%s] }\n",
		m.ports[i], strings.Join(routes, ", "))
}

func (m *mesh) lines() (all []*line) {
	if m == nil {
		return nil
	}
	for _, l := range m.pairs {
		all = append(all, l)
	}
	return all
}

// apart has server i be alone on its side, for a while.
func (m *mesh) apart(ctx context.Context, i int, is state, d time.Duration) error {
	for pair, l := range m.pairs {
		if pair[0] == i || pair[1] == i {
			l.set(is)
			defer l.set(state{})
		}
	}
	return rest(ctx, d)
}

// clusters are the faults of three servers that keep every stream three times. The one that leads the stream of what platforms send is meant.
func clusters() []fault {
	const while = 8 * time.Second // longer than the others take to elect another
	return []fault{
		{name: "the leader of three nats-servers is killed and comes back", does: led(func(ctx context.Context, s *storm, i int) error { return s.servers[i].dies(ctx) })},
		{name: "the leader of three nats-servers stands still", does: led(func(ctx context.Context, s *storm, i int) error { return s.servers[i].freezes(ctx, while) })},
		{name: "the leader of three nats-servers is cut off from the others", does: led(func(ctx context.Context, s *storm, i int) error {
			return s.mesh.apart(ctx, i, state{down: true}, while)
		})},
		{name: "between the leader of three nats-servers and the others it is silent", does: led(func(ctx context.Context, s *storm, i int) error {
			return s.mesh.apart(ctx, i, state{held: true}, while)
		})},
	}
}

func led(does func(ctx context.Context, s *storm, leader int) error) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		for {
			if i := s.leader(ctx); i >= 0 {
				s.done()
				return does(ctx, s, i)
			}
			if err := rest(ctx, again); err != nil {
				return err
			}
		}
	}
}

// leader is -1 while there is none.
func (s *storm) leader(ctx context.Context) int {
	ctx, cancel := soon(ctx)
	defer cancel()
	in, err := s.streams.Stream(ctx, bus.StreamIn)
	if err != nil || in.CachedInfo().Cluster == nil {
		return -1
	}
	for i, b := range s.servers {
		if b.name == in.CachedInfo().Cluster.Leader {
			return i
		}
	}
	return -1
}
