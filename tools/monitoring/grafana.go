package main

import (
	"bytes"
	"encoding/json"
)

// What Grafana reads of a dashboard; only what is not its default.
type board struct {
	UID           string     `json:"uid"`
	Title         string     `json:"title"`
	Description   string     `json:"description"`
	Tags          []string   `json:"tags"`
	Editable      bool       `json:"editable"`
	GraphTooltip  int        `json:"graphTooltip"` // 1: the crosshair is shared
	Refresh       string     `json:"refresh"`
	SchemaVersion int        `json:"schemaVersion"`
	Time          span       `json:"time"`
	Templating    templating `json:"templating"`
	Panels        []panel    `json:"panels"`
}

type span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	Name       string  `json:"name"`
	Label      string  `json:"label"`
	Type       string  `json:"type"`
	Query      string  `json:"query"`
	Datasource *source `json:"datasource,omitempty"`
	Refresh    int     `json:"refresh,omitempty"` // 2: when the span of time changes
	Multi      bool    `json:"multi,omitempty"`
	IncludeAll bool    `json:"includeAll,omitempty"`
	AllValue   string  `json:"allValue,omitempty"`
	Current    *choice `json:"current,omitempty"`
}

type choice struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int          `json:"id"`
	Type        string       `json:"type"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	GridPos     place        `json:"gridPos"`
	Datasource  *source      `json:"datasource,omitempty"`
	Targets     []target     `json:"targets,omitempty"`
	FieldConfig *fieldConfig `json:"fieldConfig,omitempty"`
	Collapsed   *bool        `json:"collapsed,omitempty"`
}

type place struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type target struct {
	RefID        string `json:"refId"`
	Expr         string `json:"expr"`
	LegendFormat string `json:"legendFormat"`
}

type fieldConfig struct {
	Defaults  defaults   `json:"defaults"`
	Overrides []struct{} `json:"overrides"`
}

type defaults struct {
	Unit       string     `json:"unit"`
	Min        int        `json:"min"`
	Thresholds thresholds `json:"thresholds"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// The grid is 24 wide: six small panels or three large ones in a line.
const (
	small, low  = 4, 4
	large, high = 8, 8
	wide        = 24
)

var prometheus = &source{"prometheus", "${datasource}"}

// boardJSON lays the table of panels out, line by line.
func boardJSON() ([]byte, error) {
	b := board{
		UID: "countersign", Title: "Countersign", Tags: []string{"countersign"}, GraphTooltip: 1, Refresh: "30s", SchemaVersion: 39,
		Description: "What the four workers do. docs/observability.md tells of each metric, docs/alerts.md what to do.",
		Time:        span{"now-3h", "now"}, Templating: templating{variables()},
	}
	y := 0
	for _, s := range sections() {
		open := false
		b.Panels = append(b.Panels, panel{ID: len(b.Panels) + 1, Type: "row", Title: s.title, GridPos: place{1, wide, 0, y}, Collapsed: &open})
		y++
		x, line := 0, 0
		for _, v := range s.views {
			w, h := v.size()
			if x+w > wide {
				x, y = 0, y+line
			}
			b.Panels = append(b.Panels, v.panel(len(b.Panels)+1, place{h, w, x, y}))
			x, line = x+w, h
		}
		y += line
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(b)
	return out.Bytes(), err
}

func variables() []variable {
	all := func(name, label string) variable {
		return variable{
			Name: name, Label: label, Type: "query", Query: "label_values(countersign_bus_messages_total, " + name + ")", Datasource: prometheus,
			Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".+", Current: &choice{"All", "$__all"},
		}
	}
	return []variable{
		{Name: "datasource", Label: "Prometheus", Type: "datasource", Query: "prometheus"},
		all("namespace", "Namespace"),
		all("worker", "Worker"),
	}
}
