package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func written(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../" + rules)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThePageIsWhatTheRulesSay(t *testing.T) {
	want, err := alertsPage([]byte(written(t)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../" + page)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/alerts.md is not current: make generate writes it (%v)", err)
	}
}

func TestTheDashboardIsWhatTheTableSays(t *testing.T) {
	want, err := boardJSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../" + dashboard)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("countersign.json is not current: make generate writes it (%v)", err)
	}
}

// Whoever is woken is told all of it.
func TestAnAlertThatDoesNotSayAllOfItIsRefused(t *testing.T) {
	for name, change := range map[string]struct{ from, to string }{
		"no severity that anybody knows": {"severity: critical\n", "severity: page\n"},
		"no summary":                     {"summary: no process", "summry: no process"},
		"no description":                 {"description: >-", "descr: >-"},
		"no action":                      {"action: |-", "do: |-"},
		"a runbook of another alert":     {"alerts.md#countersignworkergone", "alerts.md#countersignpodunseen"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(written(t), change.from, change.to, 1)
			if _, err := alertsPage([]byte(changed)); err == nil || !strings.Contains(err.Error(), "alert CountersignWorkerGone: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPanelsStandBesideEachOther(t *testing.T) {
	text, err := boardJSON()
	if err != nil {
		t.Fatal(err)
	}
	var b board
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range b.Panels {
		if ids[p.ID] {
			t.Errorf("%s has the number of another", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok || x >= wide {
					t.Fatalf("%s lies on %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}
