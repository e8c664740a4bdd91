package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the tables, and last a line for each store.
func (r Report) Print(to io.Writer) error {
	fmt.Fprintf(to, "%s; %d rounds: median (least to most)\n", r.Machine, r.Rounds)
	for _, s := range r.Stores {
		if err := s.table(to); err != nil {
			return err
		}
	}
	fmt.Fprintln(to)
	for _, s := range r.Stores {
		fmt.Fprintln(to, s.line())
	}
	return nil
}

func (s Store) table(to io.Writer) error {
	fmt.Fprintf(to, "\n%s\n", s.Name)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "row\tattempts/s\tp50 ms\tp99 ms\tCPU s/1000\tof the bus\tallocs\tKiB\tresident MiB\t")
	for _, r := range s.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.PerSecond.Text(0), r.P50.Text(1), r.P99.Text(1),
			r.CPU.Text(3), r.BusCPU.Text(3), r.Allocs.Text(0), r.KiB.Text(0), r.Memory.Text(0))
	}
	return w.Flush()
}

// Text is the middle, and the ends in brackets.
func (s Spread) Text(digits int) string {
	return fmt.Sprintf("%.*f (%.*f to %.*f)", digits, s.Median, digits, s.Min, digits, s.Max)
}

// line is `attempts/s naive=N ours=N ideal=N ours/naive=R ours/ideal=R store=NAME`.
func (s Store) line() string {
	naive, ours, ideal := s.Median("naive"), s.Median("ours"), s.Median("ideal")
	return fmt.Sprintf("attempts/s naive=%.0f ours=%.0f ideal=%.0f ours/naive=%.2f ours/ideal=%.2f store=%s",
		naive, ours, ideal, ours/naive, ours/ideal, s.Name)
}

// Median is a row's attempts per second; 0 for one that was not measured.
func (s Store) Median(row string) float64 { return s.Row(row).PerSecond.Median }

// Row is the row of a name; the zero value for one that was not measured.
func (s Store) Row(name string) Row {
	for _, r := range s.Rows {
		if r.Name == name {
			return r
		}
	}
	return Row{}
}
