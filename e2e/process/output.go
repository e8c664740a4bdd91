package process

import (
	"bytes"
	"regexp"
	"sync"
)

// An output keeps all that the process prints, and tells when it has said where it listens.
type output struct {
	mu        sync.Mutex
	text      bytes.Buffer
	announced chan struct{} // closed when both addresses have been printed
	bus, page string
}

var (
	busLine  = regexp.MustCompile(`(?m)^\s*bus\s+(nats://[^\s]+)`)
	pageLine = regexp.MustCompile(`(?m)^\s*inbox\s+(http://[^\s]+)/inbox\s`)
)

func newOutput() *output { return &output{announced: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.text.Write(p)
	if o.bus != "" && o.page != "" {
		return n, err
	}
	o.bus, o.page = first(busLine, o.text.Bytes()), first(pageLine, o.text.Bytes())
	if o.bus != "" && o.page != "" {
		close(o.announced)
	}
	return n, err
}

func first(r *regexp.Regexp, text []byte) string {
	found := r.FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
