package once

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// A History is what senders saw. It is safe for concurrent use.
type History struct {
	began time.Time

	mu      sync.Mutex
	senders int
	seen    []porcupine.Operation
}

// NewHistory begins one.
func NewHistory() *History { return &History{began: time.Now()} }

// Begin is called before an attempt is published, and what it returns when its answer is heard. One that is never answered leaves no trace.
func (h *History) Begin(a Attempt) (end func(Answer)) {
	h.mu.Lock()
	h.senders++
	op := porcupine.Operation{ClientId: h.senders, Input: a, Call: int64(time.Since(h.began))}
	h.mu.Unlock()
	return func(answer Answer) {
		h.mu.Lock()
		defer h.mu.Unlock()
		op.Output, op.Return = answer, int64(time.Since(h.began))
		h.seen = append(h.seen, op)
	}
}

// Count is how many answers about a code say v, repeats included.
func (h *History) Count(code string, v Verdict) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, op := range h.seen {
		if op.Input.(Attempt).Code == code && op.Output.(Answer).Verdict == v {
			n++
		}
	}
	return n
}

// A Promise is what a history is held to.
type Promise string

const (
	AcceptedOnce  Promise = "a code is accepted at most once"
	AnsweredAlike Promise = "the same ce-id has the same answer"
)

// Promises are all.
func Promises() []Promise { return []Promise{AcceptedOnce, AnsweredAlike} }

// A Breach says that no order of the attempts explains a history.
type Breach struct {
	Promise Promise
	Picture string // file with Porcupine's drawing of the history
}

func (b *Breach) Error() string {
	return fmt.Sprintf("it does not hold that %s: see %s", b.Promise, b.Picture)
}

// Check is a *Breach where h breaks p, and another error where that was not found out within patience. Its picture becomes a new file in
// dir; "" stands for the system's folder for temporary files.
func (h *History) Check(p Promise, dir string, patience time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := map[Promise]porcupine.Model{AcceptedOnce: acceptedOnce, AnsweredAlike: answeredAlike}[p]
	result, info := porcupine.CheckOperationsVerbose(m, h.seen, patience)
	switch result {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("check that %s: no order of %d attempts was found within %s, nor that there is none", p, len(h.seen), patience)
	}
	picture, err := draw(m, info, dir)
	if err != nil {
		picture = err.Error()
	}
	return &Breach{p, picture}
}

func draw(m porcupine.Model, info porcupine.LinearizationInfo, dir string) (path string, err error) {
	file, err := os.CreateTemp(dir, "once-*.html")
	if err != nil {
		return "", fmt.Errorf("draw the history: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := porcupine.Visualize(m, info, file); err != nil {
		return "", fmt.Errorf("draw the history: %w", err)
	}
	return file.Name(), file.Close()
}
