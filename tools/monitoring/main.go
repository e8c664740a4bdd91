// Command monitoring writes what operators look at: the page of alerts, from the rules themselves, and Grafana's dashboard, from the table of its panels.
// It is run in the folder tools. The same sources give the same bytes.
package main

import (
	"fmt"
	"os"
)

const (
	component = "../deploy/k8s/components/monitoring/"
	rules     = component + "rules.yaml"
	dashboard = component + "countersign.json"
	page      = "../docs/alerts.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "monitoring:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(rules)
	if err != nil {
		return err
	}
	alerts, err := alertsPage(text)
	if err != nil {
		return fmt.Errorf("write page of alerts: %w", err)
	}
	board, err := boardJSON()
	if err != nil {
		return fmt.Errorf("write dashboard: %w", err)
	}
	if err := os.WriteFile(page, alerts, 0o644); err != nil {
		return err
	}
	return os.WriteFile(dashboard, board, 0o644)
}
