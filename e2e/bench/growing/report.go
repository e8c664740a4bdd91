package growing

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/report"
)

// A Report is one run.
type Report struct {
	report.Taken
	Stores []Store `json:"stores"`
}

// A Store is what one kind of store came to.
type Store struct {
	Name  string `json:"name"`
	Parts []Part `json:"parts"`
}

// A Part is one table.
type Part struct {
	What   string `json:"what"` // grows
	Rounds int    `json:"rounds"`
	Rows   []Line `json:"rows"`
	Full   *Line  `json:"full,omitempty"` // the last row's, once, with more users than the worker holds at hand
}

// A Line is one size over all rounds.
type Line struct {
	Size      int           `json:"size"`
	Users     int           `json:"users"`
	Drawn     int           `json:"drawn"`
	Attempts  int           `json:"attempts"` // that came all at once, in each round
	PerSecond report.Spread `json:"attempts_per_second"`
	P50       report.Spread `json:"p50_ms"`
	P99       report.Spread `json:"p99_ms"`
	CPU       report.Spread `json:"worker_cpu_seconds_per_1000"`
	Memory    report.Spread `json:"resident_mib"` // most at any time
}

func lineOf(t Table, r Row, f []course.Figure) Line {
	over := func(of func(course.Figure) float64) report.Spread {
		values := make([]float64, len(f))
		for i := range f {
			values[i] = of(f[i])
		}
		return report.Over(values)
	}
	return Line{
		Size: t.size(r), Users: r.Users, Drawn: r.Drawn, Attempts: (r.Drawn - r.Timed) * r.Turns,
		PerSecond: over(func(f course.Figure) float64 { return f.PerSecond }),
		P50:       over(func(f course.Figure) float64 { return f.P50 }),
		P99:       over(func(f course.Figure) float64 { return f.P99 }),
		CPU:       over(func(f course.Figure) float64 { return f.CPU }),
		Memory:    over(func(f course.Figure) float64 { return f.Memory }),
	}
}

// Fall is by what part attempts per second are fewer at the largest size than at the smallest; below 0: they are more.
func (p Part) Fall() float64 {
	return 1 - p.Rows[len(p.Rows)-1].PerSecond.Median/p.Rows[0].PerSecond.Median
}

// Memory is the most that a worker held at any time, in MiB.
func (s Store) Memory() float64 {
	most := 0.0
	for _, p := range s.Parts {
		for _, l := range p.all() {
			most = max(most, l.Memory.Max)
		}
	}
	return most
}

func (p Part) all() []Line {
	if p.Full == nil {
		return p.Rows
	}
	return append(p.Rows[:len(p.Rows):len(p.Rows)], *p.Full)
}

// Print writes the tables, and last a line for each store.
func (r Report) Print(to io.Writer) error {
	fmt.Fprintf(to, "%s; median (least to most)\n", r.Machine)
	for _, s := range r.Stores {
		for _, p := range s.Parts {
			if err := p.print(to, s.Name); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(to)
	for _, s := range r.Stores {
		fmt.Fprintln(to, s.line())
	}
	return nil
}

func (p Part) print(to io.Writer, store string) error {
	fmt.Fprintf(to, "\n%s over %s, %d rounds\n", p.What, store, p.Rounds)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\tof users\tdrawn\tattempts\tattempts/s\tp50 ms\tp99 ms\tCPU s/1000\tresident MiB\t\n", p.What)
	for _, l := range p.all() {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", l.Size, l.Users, l.Drawn, l.Attempts,
			l.PerSecond.Text(0), l.P50.Text(1), l.P99.Text(1), l.CPU.Text(3), l.Memory.Text(0))
	}
	return w.Flush()
}

// line is `growth users 1000=N 1000000=N fall=F; commits 10=N 10000=N fall=F; memory=MIB store=NAME`.
func (s Store) line() string {
	var parts []string
	for _, p := range s.Parts {
		part := p.What
		for _, l := range p.Rows {
			part += fmt.Sprintf(" %d=%.0f", l.Size, l.PerSecond.Median)
		}
		parts = append(parts, fmt.Sprintf("%s fall=%.2f", part, p.Fall()))
	}
	return fmt.Sprintf("growth %s; memory=%.0f store=%s", strings.Join(parts, "; "), s.Memory(), s.Name)
}
