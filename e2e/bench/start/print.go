package start

import (
	"fmt"
	"io"
	"text/tabwriter"

	"countersign/e2e/bench/report"
)

// A Report is one run.
type Report struct {
	report.Taken
	Figures
}

// New makes the report of a run that is over. before is report.LoadAverage's when it began.
func New(f Figures, before string) Report {
	return Report{Taken: report.Now(before), Figures: f}
}

// MiB is the program's size.
func (p Program) MiB() float64 { return float64(p.Bytes) / (1 << 20) }

// Print writes the tables, and a line for each store that machines read.
func (r Report) Print(to io.Writer) error {
	fmt.Fprintf(to, "%s\n\n", r.Machine)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "program\tMiB")
	for _, p := range r.Programs {
		fmt.Fprintf(w, "%s\t%.1f\n", p.Name, p.MiB())
	}
	fmt.Fprintln(w, "\nidle worker\tresident MiB\tgoroutines")
	for _, one := range r.Workers {
		fmt.Fprintf(w, "%s\t%.1f\t%d\n", one.Name, one.Resident, one.Goroutines)
	}
	fmt.Fprintln(w, "\nstart of\tover\tready ms\tfirst accepted ms")
	for _, s := range r.Starts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.What, s.Store, s.Ready.Text(0), s.Accepted.Text(0))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(to)
	for _, s := range r.Starts {
		fmt.Fprintf(to, "start ready_ms=%.0f accepted_ms=%.0f store=%s what=%q\n", s.Ready.Median, s.Accepted.Median, s.Store, s.What)
	}
	return nil
}
