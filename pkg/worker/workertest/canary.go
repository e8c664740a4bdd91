package workertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// SearchFor fails the test where one of the texts rests or travels in clear, in hex or in base64: in a commit, in the log, on the bus
// except in what platforms published.
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
}

func (h *House) search(where string, text []byte, canaries []string) {
	h.t.Helper()
	for _, c := range canaries {
		for _, form := range []string{c, hex.EncodeToString([]byte(c)), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(c)), "=")} {
			if bytes.Contains(text, []byte(form)) {
				h.t.Errorf("%q rests %s: %s", c, where, text)
			}
		}
	}
}
