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
func chosen(t *testing.T) (list []fault, times int) {
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
	for _, f := range all() {
		if (f.short || text != "") && only.MatchString(f.name) {
			list = append(list, f)
		}
	}
	return list, max(times, 1)
}

func TestNothingIsLostRepeatedOrOpened(t *testing.T) {
	list, times := chosen(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s, err := newStorm(ctx, shared)
	if err != nil {
		t.Fatal(err)
	}
	defer s.platform.close()
	var rows []row
	for _, f := range list {
		r := s.goes(ctx, f, times)
		rows = append(rows, r)
		fmt.Fprintf(os.Stderr, "%s: %d times, %v, %v\n", r.fault, r.times, r.took.Round(time.Millisecond), r.err)
		if r.err != nil || r.Lost+r.Repeated+r.Opened > 0 {
			t.Errorf("%s: %v\n%s", r.fault, r.err, strings.Join(r.Why, "\n"))
			break
		}
	}
	if err := s.holds(ctx); err != nil {
		t.Error(err)
	}
	if file := os.Getenv("COUNTERSIGN_FAULTS_KEEP"); file != "" {
		if err := s.keep(ctx, file); err != nil {
			t.Error(err)
		}
	}
	fmt.Println(table(rows))
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
	return text.String()
}

func (r row) write(w io.Writer) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%v\n", r.fault, r.times, r.flight, r.Asked, r.Lost, r.Repeated, r.Opened, r.took.Round(100*time.Millisecond))
}
