package platform

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/examples/platform/internal/live"
)

const heartbeat = 20 * time.Second // so that a line that broke is noticed

// live is the stream of the panel: each entry is a piece of HTML. A browser without a session is told not to come back.
func (p *Platform) live(w http.ResponseWriter, r *http.Request) {
	v, ok := p.sessions.Of(r)
	if !ok || v.account == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	changed, cancel := v.feed.Changed()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	_ = stream.SetWriteDeadline(time.Time{}) // the server's bound is for answers that end
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for last := seen(r); ; {
		var err error
		if last, err = sendAfter(w, v.feed, last); err != nil || stream.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
			if !p.sessions.Holds(r) {
				return
			}
			_, _ = w.Write([]byte(":\n\n"))
		case <-r.Context().Done():
			return
		case <-p.closed:
			return
		}
		if v.over.Load() {
			return
		}
	}
}

// seen is the last entry that the page has: of the stream before, else of the page itself.
func seen(r *http.Request) uint64 {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	n, _ := strconv.ParseUint(text, 10, 64)
	return n
}

func sendAfter(w http.ResponseWriter, f *live.Feed, last uint64) (uint64, error) {
	for _, e := range f.After(last) {
		var b bytes.Buffer
		if err := entryTemplate.ExecuteTemplate(&b, "entry", e); err != nil {
			return last, err
		}
		html := strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "\ndata: ")
		if _, err := fmt.Fprintf(w, "id: %d\nevent: entry\ndata: %s\n\n", e.Seq, html); err != nil {
			return last, err
		}
		last = e.Seq
	}
	return last, nil
}
