package faults_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/memstore"
	"countersign/pkg/worker/replay"
)

// A kept line is what a release has left in its store: a commit, or a policy by its hash.
type kept struct {
	Commit eventstore.Commit `json:"commit,omitzero"`
	Policy string            `json:"policy,omitempty"`
	Text   json.RawMessage   `json:"text,omitempty"`
}

// Workers of a release go on with the streams of the one before, and beside it. testdata/releases holds streams as releases have left them; it is
// added to, never changed: COUNTERSIGN_FAULTS_KEEP=testdata/releases/<number>.jsonl has a run of the faults write a new one.
func TestStreamsOfReleasesAreFoldedToTheStatesThatTheyKeep(t *testing.T) {
	files, err := filepath.Glob(releases + "/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no releases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			store, err := release(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			read := map[string]int{}
			err = replay.Check{
				Store: store, Registry: catalog.New(), Told: func(c replay.Count) { read[c.Kind] = c.Commits },
				Found: func(f replay.Finding) { t.Error(f) },
			}.Run(t.Context())
			if err != nil {
				t.Error(err)
			}
			for _, kind := range replay.Kinds() {
				if read[kind] == 0 {
					t.Errorf("no commits of kind %s", kind)
				}
			}
		})
	}
}

func release(ctx context.Context, file string) (*memstore.Store, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	disk := memstore.NewDisk()
	store := memstore.Open(disk, nil)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var k kept
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		if string(k.Commit.State) == "null" { // dropped
			k.Commit.State = nil
		}
		if k.Policy != "" {
			err = store.PutPolicy(ctx, k.Policy, k.Text)
		} else {
			err = errors.Join(disk.Insert([]eventstore.Commit{k.Commit})...)
		}
		if err != nil {
			return nil, fmt.Errorf("keep what %s holds: %w", file, err)
		}
	}
	return store, lines.Err()
}

const keptUsers = 3 // with a case, and as many others

// keep writes what some users have in the store, and the policies that it names.
func (s *site) keep(ctx context.Context, file string) error {
	users, err := s.someUsers(ctx)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	out, policies := json.NewEncoder(f), map[string]bool{"": true}
	for _, kind := range replay.Kinds() {
		for c, err := range s.commits.All(ctx, kind) {
			if err != nil {
				return err
			}
			if !users[c.Stream.UserKey] {
				continue
			}
			if err := errors.Join(s.keepPolicy(ctx, out, policies, c.Policy), out.Encode(kept{Commit: c})); err != nil {
				return err
			}
		}
	}
	return f.Close()
}

func (s *site) keepPolicy(ctx context.Context, out *json.Encoder, known map[string]bool, hash string) error {
	if known[hash] {
		return nil
	}
	known[hash] = true
	text, err := s.commits.Policy(ctx, hash)
	if err != nil {
		return err
	}
	return out.Encode(kept{Policy: hash, Text: text})
}

func (s *site) someUsers(ctx context.Context) (map[string]bool, error) {
	users := map[string]bool{}
	for i, kind := range []string{worker.RecoveryKind, worker.EnrollmentKind} {
		for c, err := range s.commits.All(ctx, kind) {
			if err != nil {
				return nil, err
			}
			if users[c.Stream.UserKey] = true; len(users) >= (i+1)*keptUsers {
				break
			}
		}
	}
	return users, nil
}
