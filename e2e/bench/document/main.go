// Command document writes docs/performance.md from the figures that make bench left behind:
//
//	document -figures FOLDER -to FILE
//
// FOLDER holds bench.json and sending.json, and what else make endurance left behind. The words around the figures are the *.md.tmpl.
package main

import (
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/sending"
)

//go:embed performance.md.tmpl
var text string

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "document:", err)
		os.Exit(1)
	}
}

func run() error {
	figures := flag.String("figures", "docs/performance", "folder of bench.json and sending.json")
	to := flag.String("to", "docs/performance.md", "file to write")
	flag.Parse()
	var f figuresOf
	if err := read(filepath.Join(*figures, "bench.json"), &f.Verify); err != nil {
		return err
	}
	if err := read(filepath.Join(*figures, "sending.json"), &f.Notifier); err != nil {
		return err
	}
	if err := f.growth.read(*figures); err != nil {
		return err
	}
	if err := f.endurance.read(*figures); err != nil {
		return err
	}
	file, err := os.Create(*to)
	if err != nil {
		return err
	}
	if err := write(file, f); err != nil {
		return err
	}
	return file.Close()
}

type figuresOf struct {
	Verify   report.Report
	Notifier []sending.Figure
	growth
	endurance
}

func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w: make bench, make endurance and make growth write them", path, err)
	}
	return nil
}

func write(to io.Writer, f figuresOf) error {
	page := template.New("performance").Funcs(template.FuncMap{"spread": spread, "number": number, "ratio": ratio, "budget": budget, "mib": mib, "fall": fall})
	for _, part := range []string{growthText, enduranceText, text} {
		if _, err := page.Parse(part); err != nil {
			return err
		}
	}
	return page.Execute(to, f)
}

// spread is the median, and the least and the most beside it.
func spread(digits int, s report.Spread) string {
	return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, s.Median, digits, s.Min, digits, s.Max)
}

func number(digits int, n float64) string { return fmt.Sprintf("%.*f", digits, n) }

// ratio is what ours is of a row's attempts per second.
func ratio(s report.Store, row string) string {
	return fmt.Sprintf("%.2f", s.Median("ours")/s.Median(row))
}
