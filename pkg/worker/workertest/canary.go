package workertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/workertest/canary"
	"github.com/prometheus/client_golang/prometheus"
)

// SearchFor fails the test where one of the texts rests or travels in one of canary's forms: in a commit, in the log, in a metric, in a span,
// on the bus except in what platforms published.
func (h *House) SearchFor(canaries ...string) {
	h.t.Helper()
	h.searchBut(".in.", canaries)
}

// SearchAllFor searches what platforms published as well: they sealed it.
func (h *House) SearchAllFor(canaries ...string) {
	h.t.Helper()
	h.searchBut("nothing", canaries)
}

func (h *House) searchBut(part string, canaries []string) {
	h.t.Helper()
	h.Quiet()
	h.witness.mu.Lock()
	defer h.witness.mu.Unlock()
	for _, m := range h.witness.raw {
		if strings.Contains(m.Subject, part) {
			continue
		}
		header, _ := json.Marshal(m.Header)
		h.search("on the bus, "+m.Subject, append(header, m.Data...), canaries)
	}
	for _, c := range h.Store.Appended() {
		text, err := json.Marshal(c)
		if err != nil {
			h.t.Fatal(err)
		}
		h.search("in a commit of "+c.Stream.String(), text, canaries)
	}
	h.search("in the log", h.lines.bytes(), canaries)
	h.search("in a metric", h.measured(), canaries)
	h.search("in a span", h.traced(), canaries)
}

// measured are the names and labels of all workers' metrics. Their values are numbers in which a code of six digits stands by chance.
func (h *House) measured() []byte {
	h.mu.Lock()
	all := slices.Clone(h.metrics)
	h.mu.Unlock()
	families, err := prometheus.Gatherers(all).Gather()
	if len(families) == 0 {
		h.t.Errorf("no metric is there to be searched: %v", err)
	}
	var text bytes.Buffer
	for _, f := range families {
		text.WriteString(f.GetName() + " " + f.GetHelp() + "\n")
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				text.WriteString(l.GetName() + "=" + l.GetValue() + "\n")
			}
		}
	}
	return text.Bytes()
}

// SearchFilesFor searches every file of the test's folder: those of the bus, which a House does not encrypt, and of SQLite. It waits until known
// stands in one of MFA_IN's, as it does where the workers are drained and somebody has published it: what is searched are the right files.
func (h *House) SearchFilesFor(known string, canaries ...string) {
	h.t.Helper()
	folder := filepath.Dir(h.t.TempDir())
	h.until(known+" stands in a file of MFA_IN", func(context.Context) bool {
		found := false
		for path, text := range h.files(folder) {
			found = found || strings.Contains(path, bus.StreamIn) && bytes.Contains(text, []byte(known))
		}
		return found
	})
	for path, text := range h.files(folder) {
		h.search("in "+strings.TrimPrefix(path, folder), text, canaries)
	}
}

// files are those of a folder whose files come and go.
func (h *House) files(folder string) map[string][]byte {
	h.t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found[path], err = os.ReadFile(path)
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

func (h *House) search(where string, text []byte, canaries []string) {
	h.t.Helper()
	for _, c := range canaries {
		for _, found := range canary.New(c, c).Find(text) {
			h.t.Errorf("%q rests %s: %.2000q", found, where, text)
		}
	}
}
