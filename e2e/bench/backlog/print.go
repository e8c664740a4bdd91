package backlog

import (
	"fmt"
	"io"
	"text/tabwriter"

	"countersign/e2e/bench/report"
)

// A Report is one run.
type Report struct {
	report.Taken
	Rows []Row `json:"rows"`
}

// New makes the report of a run that is over. before is report.LoadAverage's when it began.
func New(rows []Row, before string) Report {
	return Report{Taken: report.Now(before), Rows: rows}
}

// Print writes the table, and a line for each row that machines read.
func (r Report) Print(to io.Writer) error {
	fmt.Fprintln(to, r.Machine)
	fmt.Fprintln(to, "unlock: factor.unlock_requested, each a commit and factor.unlocked; late: login.started of over a minute ago, each request.rejected, too_late")
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "store\tload\tfew wait: /s\twaiting\tusers\t/s\tslowest tenth\tfirst answer ms\tresident MiB\tof few\tlive MiB\tgoroutines\t")
	for _, one := range r.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%d\t\n", one.Store, one.Load, one.Few.Text(0), one.Waiting, one.Users,
			one.PerSecond, one.Slowest(), one.First, one.Memory, one.MemoryFew, one.Live, one.Goroutines)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, one := range r.Rows {
		fmt.Fprintf(to, "%s over %s in tenths: %.0f/s; CPU s/1000, from the second on: %.3f in the worker, %.3f in the bus\n",
			one.Load, one.Store, one.Tenths, one.CPU, one.BusCPU)
	}
	for _, one := range r.Rows {
		fmt.Fprintln(to, one.line())
	}
	return nil
}

func (r Row) line() string {
	return fmt.Sprintf("backlog waiting=%d per_second=%.0f few=%.0f slowest/few=%.2f resident_mib=%.0f load=%s store=%s",
		r.Waiting, r.PerSecond, r.Few.Median, r.Slowest()/r.Few.Median, r.Memory, r.Load, r.Store)
}
