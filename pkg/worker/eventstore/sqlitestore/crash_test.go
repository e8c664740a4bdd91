package sqlitestore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

// crashPath names the file that this binary, started again as a victim, appends to until it is killed.
const crashPath = "COUNTERSIGN_TEST_CRASH_PATH"

const victims = 6 // streams that the victim appends to at once

func TestWhatWasAcknowledgedIsThereAfterKill9(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	acknowledged := map[string]uint64{}
	for range 3 {
		killAfter(t, path, 150, acknowledged)
		s, err := Open(t.Context(), Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		for user, version := range acknowledged {
			wantHistory(t, s, victimStream(user), version)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter lets a process append, kills it after so many acknowledgements, and notes them all.
func killAfter(t *testing.T, path string, acknowledgements int, into map[string]uint64) {
	t.Helper()
	victim := exec.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), crashPath+"="+path)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines, seen := bufio.NewReader(out), 0
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what was cut off was not acknowledged
		}
		var user string
		var version uint64
		if _, err := fmt.Sscan(line, &user, &version); err != nil {
			t.Fatalf("victim wrote %q: %v", line, err)
		}
		into[user] = max(into[user], version)
		if seen++; seen == acknowledgements {
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := victim.Wait(); err == nil || seen < acknowledgements {
		t.Fatalf("victim ended by itself after %d acknowledgements: %v", seen, err)
	}
}

// wantHistory checks that all versions up to acknowledged are there; one more may have been in flight.
func wantHistory(t *testing.T, s *Store, stream eventstore.Stream, acknowledged uint64) {
	t.Helper()
	var last uint64
	for c, err := range s.Replay(t.Context(), stream, 1) {
		if err != nil {
			t.Fatal(err)
		}
		last = c.Version
	}
	if last < acknowledged || last > acknowledged+1 {
		t.Errorf("stream %s ends at version %d, %d was acknowledged", stream, last, acknowledged)
	}
}

func victimStream(user string) eventstore.Stream {
	return eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: user}
}

func appendUntilKilled(path string) int {
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range victims {
		all.Go(func() {
			err := appendTo(s, fmt.Sprint("user", i), func(line string) {
				mu.Lock()
				defer mu.Unlock()
				_, _ = io.WriteString(os.Stdout, line)
			})
			fmt.Fprintln(os.Stderr, err)
		})
	}
	all.Wait()
	return 1
}

func appendTo(s *Store, user string, acknowledge func(line string)) error {
	head, err := s.Head(context.Background(), victimStream(user))
	if err != nil && !errors.Is(err, eventstore.ErrNoStream) {
		return err
	}
	for v := head.Version + 1; ; v++ {
		if err := s.Append(context.Background(), victim(user, v)); err != nil {
			return err
		}
		acknowledge(fmt.Sprintln(user, v))
	}
}

func victim(user string, version uint64) eventstore.Commit {
	return eventstore.Commit{
		Stream: victimStream(user), Version: version, User: user, At: time.Unix(int64(version), 0), State: json.RawMessage(`{}`),
		Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: fmt.Sprint(version)},
	}
}
