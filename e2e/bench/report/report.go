// Package report says what a measurement came to: as JSON, as a table, and in one line for each store that machines read.
package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"countersign/e2e/bench/course"
)

// A Report is one run.
type Report struct {
	Taken
	Rounds int     `json:"rounds"`
	Stores []Store `json:"stores"`
}

// Machine is where it ran.
type Machine struct {
	CPUs       int    `json:"cpus"`
	Model      string `json:"model"`
	OS         string `json:"os"`
	Go         string `json:"go"`
	LoadBefore string `json:"load_before"` // as /proc/loadavg says: of 1, 5 and 15 minutes
	LoadAfter  string `json:"load_after"`
}

// A Store is the table of one kind of store.
type Store struct {
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// A Row is one contender over all rounds.
type Row struct {
	Name      string `json:"name"`
	Attempts  int    `json:"attempts"` // that came all at once, in each round
	PerSecond Spread `json:"attempts_per_second"`
	P50       Spread `json:"p50_ms"`
	P99       Spread `json:"p99_ms"`
	CPU       Spread `json:"worker_cpu_seconds_per_1000"`
	BusCPU    Spread `json:"bus_cpu_seconds_per_1000"`
	Allocs    Spread `json:"allocs_per_attempt"`
	KiB       Spread `json:"kib_allocated_per_attempt"`
	Memory    Spread `json:"resident_mib"` // most at any time
}

// A Spread is the middle of a figure over the rounds, and its ends.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// New makes the report of a run that is over. before is LoadAverage's when it began.
func New(c course.Config, all course.Figures, before string) Report {
	r := Report{Taken: Now(before), Rounds: c.Rounds}
	for _, store := range c.Stores() {
		s := Store{Name: store}
		for _, name := range course.Names() {
			if f := all[store][name]; len(f) > 0 {
				s.Rows = append(s.Rows, row(name, c.Attempts[name], f))
			}
		}
		r.Stores = append(r.Stores, s)
	}
	return r
}

func row(name string, attempts int, f []course.Figure) Row {
	over := func(of func(course.Figure) float64) Spread { return spread(f, of) }
	return Row{
		Name: name, Attempts: attempts,
		PerSecond: over(func(f course.Figure) float64 { return f.PerSecond }),
		P50:       over(func(f course.Figure) float64 { return f.P50 }),
		P99:       over(func(f course.Figure) float64 { return f.P99 }),
		CPU:       over(func(f course.Figure) float64 { return f.CPU }),
		BusCPU:    over(func(f course.Figure) float64 { return f.BusCPU }),
		Allocs:    over(func(f course.Figure) float64 { return f.Allocs }),
		KiB:       over(func(f course.Figure) float64 { return f.Bytes / 1024 }),
		Memory:    over(func(f course.Figure) float64 { return f.Memory }),
	}
}

func spread(f []course.Figure, of func(course.Figure) float64) Spread {
	var values []float64
	for _, one := range f {
		values = append(values, of(one))
	}
	return Over(values)
}

// Over is the spread of the values of all rounds; there must be one.
func Over(values []float64) Spread {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return Spread{Median: (values[n/2] + values[(n-1)/2]) / 2, Min: values[0], Max: values[n-1]}
}

func here(before string) Machine {
	return Machine{
		CPUs: runtime.NumCPU(), Model: model(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		LoadBefore: before, LoadAfter: LoadAverage(),
	}
}

func model() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// LoadAverage is what the machine has to do: a measurement beside other work compares rows and says nothing of their size.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Sprint(err)
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
