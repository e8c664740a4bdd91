package faults_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// chosen are the faults and how often each is done: a few once, or all.
func chosen(t *testing.T, from []fault) (list []fault, times int) {
	t.Helper()
	text := os.Getenv("COUNTERSIGN_FAULTS_TIMES")
	times, err := strconv.Atoi(text)
	if text != "" && (err != nil || times < 1) {
		t.Fatalf("COUNTERSIGN_FAULTS_TIMES is %q: use how often each fault is done, 1 or more", text)
	}
	only, err := regexp.Compile(os.Getenv("COUNTERSIGN_FAULTS_ONLY"))
	if err != nil {
		t.Fatalf("COUNTERSIGN_FAULTS_ONLY: %v", err)
	}
	for _, f := range from {
		f.apps = f.apps || text == "" && !strings.HasPrefix(f.name, "recovery")
		if (f.short || text != "") && only.MatchString(f.name) {
			list = append(list, f)
		}
	}
	return list, max(times, 1)
}

func TestNothingIsLostRepeatedOrOpened(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var rows []row
	if list, times := chosen(t, all()); len(list) > 0 {
		rows = weather(ctx, t, shared, list, times)
	}
	own := &ownStore{}
	if list, times := chosen(t, stores(own)); len(list) > 0 {
		own.opens(ctx, t)
		rows = append(rows, weather(ctx, t, another(ctx, t, plan{bin: shared.bin, mongo: own.uri}), list, times)...)
	}
	if list, times := chosen(t, expiries()); len(list) > 0 {
		rows = append(rows, weather(ctx, t, another(ctx, t, plan{bin: shared.bin, policy: briefPolicy}), list, times)...)
	}
	if list, times := chosen(t, clusters()); len(list) > 0 {
		rows = append(rows, weather(ctx, t, another(ctx, t, plan{bin: shared.bin, size: 3}), list, times)...)
	}
	if list, times := chosen(t, upgrades()); len(list) > 0 {
		bin, err := former(ctx)
		must(t, err)
		rows = append(rows, weather(ctx, t, another(ctx, t, plan{bin: bin}), list, times)...)
	}
	if file := os.Getenv("COUNTERSIGN_FAULTS_KEEP"); file != "" {
		must(t, shared.keep(ctx, file))
	}
	fmt.Println(table(rows))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// weather has a site go through all and returns what became of each. Behind one that something came of nothing is to be learned.
func weather(ctx context.Context, t *testing.T, on *site, list []fault, times int) (rows []row) {
	t.Helper()
	s, err := newStorm(ctx, on)
	must(t, err)
	defer s.platform.close()
	for _, f := range list {
		n := times
		if f.once {
			n = 1
		}
		r := s.goes(ctx, f, n)
		rows = append(rows, r)
		t.Logf("%s: %d times, %v", r.fault, r.times, r.took.Round(time.Millisecond))
		if r.err != nil || r.Lost+r.Repeated+r.Opened > 0 {
			t.Errorf("%s: %v\n%s", r.fault, r.err, strings.Join(r.Why, "\n"))
			return rows
		}
	}
	if err := s.holds(ctx); err != nil {
		t.Error(err)
	}
	return rows
}

// another is a site beside the shared one.
func another(ctx context.Context, t *testing.T, p plan) *site {
	t.Helper()
	opening, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := openSite(opening, p, t.TempDir())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.close(ctx); err != nil {
			t.Error(err)
		}
	})
	must(t, err)
	return s
}

// table is what make faults ends with.
func table(rows []row) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\ttimes\tin flight\tasked\tlost\trepeated\topened\ttook")
	sum := row{fault: "all"}
	for _, r := range rows {
		r.write(w)
		sum.times, sum.flight, sum.took = sum.times+r.times, sum.flight+r.flight, sum.took+r.took
		sum.Asked, sum.Lost, sum.Repeated, sum.Opened = sum.Asked+r.Asked, sum.Lost+r.Lost, sum.Repeated+r.Repeated, sum.Opened+r.Opened
	}
	sum.write(w)
	_ = w.Flush() // into memory
	for _, r := range rows {
		for _, more := range r.said {
			fmt.Fprintf(&text, "%s: %s\n", r.fault, more)
		}
	}
	return text.String()
}

func (r row) write(w io.Writer) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%v\n", r.fault, r.times, r.flight, r.Asked, r.Lost, r.Repeated, r.Opened, r.took.Round(100*time.Millisecond))
}
