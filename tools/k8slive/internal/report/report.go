// Package report tells what is done while it is done, and prints a table of it at the end.
package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// A Report is what was tried so far. It is not for several goroutines at once.
type Report struct {
	out   io.Writer
	now   func() time.Time
	begun time.Time
	rows  []row
}

type row struct {
	name, found string
	took        time.Duration
	err         error
}

// New returns a report that writes to out and takes the time from now.
func New(out io.Writer, now func() time.Time) *Report {
	return &Report{out: out, now: now, begun: now()}
}

// Step does one thing. do returns what it found, in one line; what it wants to show on the way it says by Say.
func (r *Report) Step(name string, do func() (string, error)) error {
	fmt.Fprintf(r.out, "\n== %s\n", name)
	from := r.now()
	found, err := do()
	r.rows = append(r.rows, row{name, found, r.now().Sub(from), err})
	if err != nil {
		r.Say("FAILED: %v", err)
		return fmt.Errorf("%s: %w", name, err)
	}
	r.Say("%s", found)
	return nil
}

// Say prints text below the present step, each of its lines indented.
func (r *Report) Say(format string, args ...any) {
	for line := range strings.Lines(strings.TrimRight(fmt.Sprintf(format, args...), "\n")) {
		fmt.Fprintf(r.out, "   %s\n", strings.TrimRight(line, "\n"))
	}
}

// Table prints one line for each step, in order, and how long all of them took.
func (r *Report) Table() {
	fmt.Fprintln(r.out)
	t := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "step\tseconds\tresult")
	for _, w := range r.rows {
		fmt.Fprintf(t, "%s\t%.1f\t%s\n", w.name, w.took.Seconds(), w.result())
	}
	_ = t.Flush()
	fmt.Fprintf(r.out, "%d steps in %.0f s\n", len(r.rows), r.now().Sub(r.begun).Seconds())
}

func (w row) result() string {
	if w.err == nil {
		return w.found
	}
	first, _, _ := strings.Cut(w.err.Error(), "\n")
	return "FAILED: " + first
}
