package soak

import (
	"fmt"
	"io"
	"text/tabwriter"

	"countersign/e2e/bench/report"
)

// A Report is of every store.
type Report struct {
	report.Taken
	Runs []Run `json:"runs"`
}

// New makes the report of what is over. before is report.LoadAverage's when it began.
func New(runs []Run, before string) Report {
	return Report{Taken: report.Now(before), Runs: runs}
}

// Print writes the tables, and a line for each store that machines read.
func (r Report) Print(to io.Writer) error {
	fmt.Fprintln(to, r.Machine)
	for _, one := range r.Runs {
		if err := one.table(to); err != nil {
			return err
		}
	}
	fmt.Fprintln(to)
	for _, one := range r.Runs {
		fmt.Fprintln(to, one.line())
	}
	return nil
}

func (r Run) table(to io.Writer) error {
	fmt.Fprintf(to, "\n%s: %d logins of %d users, each challenged and accepted, %.0f a second; %.0f can be when they come as fast as they can\n",
		r.Store, r.Logins, r.Users, r.Rate, r.Capacity)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "until minute\tlogins/s\tlogin p50 ms\tp99\tattempt p50 ms\tp99\tcores\tresident MiB\tlive MiB\tgoroutines\tstore MiB\tbus MiB\t")
	for _, p := range r.Periods {
		fmt.Fprintf(w, "%.1f\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%.1f\t%.1f\t%d\t%.0f\t%.0f\t\n", p.Until, p.Ended, p.Logins.P50, p.Logins.P99,
			p.Attempts.P50, p.Attempts.P99, p.CPU, p.Resident, p.Live, p.Goroutines, float64(p.Sizes.Store)/(1<<20), float64(p.Sizes.Bus)/(1<<20))
	}
	return w.Flush()
}

func (r Run) line() string {
	early, late := r.Second(), r.Last()
	return fmt.Sprintf("soak level=%t logins_per_second=%.0f resident_mib=%.1f>%.1f live_mib=%.1f>%.1f goroutines=%d>%d attempt_p99_ms=%.1f>%.1f store=%s",
		r.Level() == nil, late.Ended, early.Resident, late.Resident, early.Live, late.Live, early.Goroutines, late.Goroutines,
		early.Attempts.P99, late.Attempts.P99, r.Store)
}
