package processes_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"countersign/e2e/program"
)

// A worker is one process of one.
type worker struct {
	*program.Program
	admin string // host:port
}

// start starts a process of a worker and returns when it works.
func (s *site) start(ctx context.Context, name string) (*worker, error) {
	w, err := s.startWith(ctx, name, s.environment(name, s.bus))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = append(s.running, w)
	return w, nil
}

func (s *site) startWith(ctx context.Context, name string, env []string) (*worker, error) {
	p, err := program.Launch(s.binary(name), env)
	if err != nil {
		return nil, err
	}
	w := &worker{Program: p}
	if _, err = p.Await(ctx, `"msg":"working"`); err == nil {
		w.admin, err = p.Await(ctx, `"admin":"([^"]+)"`)
	}
	if err != nil {
		_ = p.Kill()
		return nil, err
	}
	return w, nil
}

// forget takes a worker that a test has ended off the list of those that must end well.
func (s *site) forget(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = slices.DeleteFunc(s.running, func(one *worker) bool { return one == w })
}

// all are the running processes of a worker, oldest first.
func (s *site) all(name string) []*worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.running), func(w *worker) bool { return w.Name() != name })
}

// environment is what an operator would give a worker.
func (s *site) environment(name string, b *bus) []string {
	env := append(append(b.user("_"+name), s.commits()...),
		"COUNTERSIGN_KEYRING_MONGODB_URI="+s.mongo, "COUNTERSIGN_KEYRING_MONGODB_DATABASE="+s.database+"_keys",
		"COUNTERSIGN_KEEPER_DELIVERY_URL="+s.keepers[0], "COUNTERSIGN_DEAD_LETTER_KEY="+s.deadLetters,
		"COUNTERSIGN_POLICY_FILE="+s.policy, "COUNTERSIGN_ADMIN_ADDRESS=127.0.0.1:0",
	)
	switch name {
	case "enroll", "verify":
		env = append(env, "COUNTERSIGN_KEEPER_SEED_URL="+s.keepers[1])
	case "notifier":
		env = append(env, s.providers.environment()...)
	case "recovery":
		env = append(env, "COUNTERSIGN_RECOVERY_LISTEN=127.0.0.1:0")
	}
	return env
}

// get asks the admin port.
func (w *worker) get(ctx context.Context, path string) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.admin+path, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("ask %s: %w", w.Name(), err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
