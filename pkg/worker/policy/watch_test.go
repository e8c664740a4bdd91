package policy

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type change struct {
	set *Set
	err error
}

// watching runs f beside a watch of a file that begins as content; looks passes the time until the file was looked at.
func watching(t *testing.T, content string, f func(write func(string), looks func() []change)) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "policy.yaml")
		write := func(content string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(content)
		set, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var seen []change
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			set.Watch(ctx, func(s *Set, err error) { seen = append(seen, change{s, err}) })
		}()
		f(write, func() []change {
			<-time.After(every + time.Millisecond)
			synctest.Wait()
			now := seen
			seen = nil
			return now
		})
		cancel()
		<-ended
	})
}

func brand(t *testing.T, s *Set) string {
	t.Helper()
	p, ok := s.For("acme")
	if !ok {
		t.Fatal("the platform is gone")
	}
	return p.Brand
}

func TestAChangeIsSeenOnce(t *testing.T) {
	watching(t, of("brand: one"), func(write func(string), looks func() []change) {
		if n := len(looks()); n != 0 {
			t.Errorf("%d changes of an unchanged file", n)
		}
		write(of("brand: two"))
		got := looks()
		if len(got) != 1 || got[0].err != nil || brand(t, got[0].set) != "two" {
			t.Fatal(got)
		}
		if n := len(looks()); n != 0 {
			t.Errorf("%d more changes", n)
		}
	})
}

func TestAWrongFileKeepsTheLastGoodSetAndSaysSoOnce(t *testing.T) {
	watching(t, of("brand: one"), func(write func(string), looks func() []change) {
		write(of("brand: two"))
		looks()
		write(of("brnd: three"))
		got := looks()
		if len(got) != 1 || brand(t, got[0].set) != "two" {
			t.Fatal(got)
		}
		if got[0].err == nil || !strings.Contains(got[0].err.Error(), "did you mean brand?") {
			t.Error(got[0].err)
		}
		if n := len(looks()); n != 0 {
			t.Errorf("it is said %d times more", n)
		}
		write(of("brand: two"))
		if got := looks(); len(got) != 1 || got[0].err != nil || brand(t, got[0].set) != "two" {
			t.Error("it is not said that the file is right again")
		}
	})
}

func TestAFileThatIsGoneRemovesNoPlatform(t *testing.T) {
	watching(t, of("brand: one"), func(write func(string), looks func() []change) {
		write("")
		if got := looks(); len(got) != 1 || got[0].err == nil || brand(t, got[0].set) != "one" {
			t.Error(got)
		}
		write(strings.Repeat("#", maxFile+1))
		if got := looks(); len(got) != 1 || got[0].err == nil || brand(t, got[0].set) != "one" {
			t.Error(got)
		}
	})
}

func TestLoadSaysWhichFileIsMissing(t *testing.T) {
	_, err := Load("testdata/none.yaml")
	if err == nil || !strings.Contains(err.Error(), "testdata/none.yaml") {
		t.Error(err)
	}
}
