package sending

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// A Figure is what one store came to.
type Figure struct {
	Store      string  `json:"store"`
	Wanted     float64 `json:"wanted_per_second"`
	Reached    float64 `json:"taken_per_second"` // by providers, from the first to the last that counts
	Own        float64 `json:"providers_own_ms"` // on average; no other figure has it in
	Took       Spread  `json:"took"`             // from when a code was to be wanted until a provider had taken it
	Mails      Spread  `json:"mails"`            // the same of mails alone
	Texts      Spread  `json:"texts"`            // and of texts
	Phases     Phases  `json:"phases"`           // of which it consists
	Told       Spread  `json:"told"`             // from then until the bus has kept notification.sent
	CPU        float64 `json:"notifier_cpu_seconds_per_1000"`
	OthersCPU  float64 `json:"others_cpu_seconds_per_1000"` // the bus's, the far ends' and that of who measures
	Allocs     float64 `json:"allocs_per_code"`
	Memory     float64 `json:"resident_mib"`
	LoadBefore string  `json:"load_before"`
	LoadAfter  string  `json:"load_after"`
}

// Phases are where the time goes.
type Phases struct {
	Publish Spread `json:"publish"` // until the bus has kept that the code is wanted: late publishing counts
	Deliver Spread `json:"deliver"` // until the notifier begins with it
	Prepare Spread `json:"prepare"` // streams, key and text, the intent kept, a line to the provider
	Talk    Spread `json:"talk"`    // from the first line of the request, or MAIL, to the end of the message
}

// A Spread is of milliseconds.
type Spread struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

func spread(all []passage, of func(passage) time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	var took []time.Duration
	for _, p := range all {
		took = append(took, of(p))
	}
	slices.Sort(took)
	return Spread{milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]), milliseconds(took[len(took)-1])}
}

// figure says what the passages come to.
func (f *Figure) figure(all []passage) {
	took := func(p passage) time.Duration { return p.taken.Sub(p.due) - p.own }
	f.Took = spread(all, took)
	f.Mails = spread(slices.DeleteFunc(slices.Clone(all), func(p passage) bool { return !p.mail }), took)
	f.Texts = spread(slices.DeleteFunc(slices.Clone(all), func(p passage) bool { return p.mail }), took)
	f.Phases = Phases{
		Publish: spread(all, func(p passage) time.Duration { return p.stored.Sub(p.due) }),
		Deliver: spread(all, func(p passage) time.Duration { return p.handled.Sub(p.stored) }),
		Prepare: spread(all, func(p passage) time.Duration { return p.begun.Sub(p.handled) }),
		Talk:    spread(all, func(p passage) time.Duration { return p.taken.Sub(p.begun) - p.own }),
	}
	f.Told = spread(all, func(p passage) time.Duration { return p.told.Sub(p.taken) })
	f.Reached = rate(all)
}

// rate is per second, from the first that was taken to the last.
func rate(all []passage) float64 {
	first, last := all[0].taken, all[0].taken
	for _, p := range all {
		if p.taken.Before(first) {
			first = p.taken
		}
		if p.taken.After(last) {
			last = p.taken
		}
	}
	return float64(len(all)-1) / last.Sub(first).Seconds()
}

// Print writes a table, and last a line for each store that machines read.
func Print(to io.Writer, all []Figure) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "codes over\twanted/s\ttaken/s\tp50 ms\tp99 ms\tmax ms\tmails p99\ttexts p99\tCPU s/1000\tof others\tallocs\tresident MiB\t")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.0f\t%.0f\t\n", f.Store, f.Wanted, f.Reached,
			f.Took.P50, f.Took.P99, f.Took.Max, f.Mails.P99, f.Texts.P99, f.CPU, f.OthersCPU, f.Allocs, f.Memory)
	}
	fmt.Fprintln(w, "p50/p99 ms of\tpublish\tdeliver\tprepare\ttalk\ttold\t\t\t\t\t\t\t")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\t\t\t\t\t\t\n", f.Store, f.Phases.Publish, f.Phases.Deliver, f.Phases.Prepare, f.Phases.Talk, f.Told)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range all {
		fmt.Fprintf(to, "codes/s wanted=%.0f taken=%.0f p50=%.1fms p99=%.1fms max=%.1fms cpu=%.3fs/1000 store=%s load=%s\n",
			f.Wanted, f.Reached, f.Took.P50, f.Took.P99, f.Took.Max, f.CPU, f.Store, strings.ReplaceAll(f.LoadBefore, " ", "/"))
	}
	return nil
}

func (s Spread) String() string { return fmt.Sprintf("%.1f/%.1f", s.P50, s.P99) }
