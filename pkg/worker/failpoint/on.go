//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A point is where the process is to die.
type point struct {
	step Step
	left atomic.Int64 // passes until then
}

var (
	chosen = sync.OnceValue(choose)
	ahead  = sync.OnceValue(func() time.Duration {
		d, _ := time.ParseDuration(os.Getenv("COUNTERSIGN_CLOCK_AHEAD"))
		return d
	})
)

func choose() *point {
	step, pass, _ := strings.Cut(os.Getenv("COUNTERSIGN_FAILPOINT"), "@")
	n, err := strconv.ParseInt(pass, 10, 64)
	if err != nil {
		n = 1
	}
	p := &point{step: Step(step)}
	p.left.Store(n)
	return p
}

// At does not return where the process is to die.
func At(s Step) {
	p := chosen()
	if p.step != s || p.left.Add(-1) != 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "failpoint %s\n", s)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // nothing goes on here until the signal has come
}

// Now is the clock of a machine that is wrong by as much as a test says.
func Now() time.Time { return time.Now().Add(ahead()) }

var (
	poison = sync.OnceValue(func() string { return os.Getenv("COUNTERSIGN_POISON") })
	holds  = sync.OnceValue(func() time.Duration {
		d, _ := time.ParseDuration(os.Getenv("COUNTERSIGN_POISON_HOLDS"))
		return d
	})
)

// Taste panics at a user whom a test has made poison: what a release's own fault does to whoever meets it.
func Taste(user string) {
	if p := poison(); p != "" && strings.HasPrefix(user, p) {
		<-time.After(holds())
		panic("poison")
	}
}
