package policy

import (
	"context"
	"time"
)

// every is how often the file is looked at. It is read whole: a mounted ConfigMap changes by a swap of links that tells no
// watcher of the file.
const every = 2 * time.Second

// Watch looks at the file of a loaded set until ctx ends, and calls changed, in its own goroutine, after each change: with the
// new set, or with the last good one and the error. So a file that is wrong, or gone for a moment, removes no platform.
func (s *Set) Watch(ctx context.Context, changed func(*Set, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	good, state := s, s.state
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		content, err := read(s.path)
		if now := stateOf(content, err); now != state {
			state = now
			good, err = s.again(good, content, err)
			changed(good, err)
		}
	}
}

// stateOf tells one state of the file from another; a text of errors is no policy.
func stateOf(content []byte, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(content)
}

func (s *Set) again(good *Set, content []byte, err error) (*Set, error) {
	if err != nil {
		return good, err
	}
	next, err := loaded(s.path, content, s.defaults)
	if err != nil {
		return good, err
	}
	return next, nil
}
