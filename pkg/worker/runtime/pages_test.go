package runtime

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

func listen(t *testing.T) *Pages {
	t.Helper()
	pages, err := ListenForPages(PagesConfig{Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// serving runs pages before a worker, and tells which of them ended when.
func serving(t *testing.T, h http.Handler) (address string, stop context.CancelFunc, ended <-chan string) {
	t.Helper()
	pages, order := listen(t), make(chan string, 9)
	ctx, stop := context.WithCancel(t.Context())
	worker := Part{Name: "worker", Finish: func(context.Context) error { order <- "the worker drains"; return nil }}
	go func() {
		if err := Serve(ctx, Service{Parts: []Part{worker, pages.Part(h)}, Logger: slog.New(slog.DiscardHandler)}); err != nil {
			order <- err.Error()
		}
		order <- "the process ends"
	}()
	return pages.Addr(), stop, order
}

func TestAPageUnderWayIsShownBeforeTheWorkerDrains(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	address, stop, ended := serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		_, _ = io.WriteString(w, "done")
	}))
	shown := make(chan string, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, err := client.Get("http://" + address)
		if err != nil {
			shown <- err.Error()
			return
		}
		body, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		shown <- string(body)
	}()
	<-asked
	stop()
	for { // no new connection is taken while the old one is answered
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	if len(ended) > 0 {
		t.Errorf("before the page is shown: %s", <-ended)
	}
	close(release)
	if got := <-shown; got != "done" {
		t.Errorf("shown is %s", got)
	}
	if first, last := <-ended, <-ended; first != "the worker drains" || last != "the process ends" {
		t.Errorf("then %s, then %s", first, last)
	}
}

func TestATooLongHeaderIsRefused(t *testing.T) {
	address, stop, ended := serving(t, http.NotFoundHandler())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", strings.Repeat("c", 64<<10))
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %s", answer.Status)
	}
	stop()
	for e := range ended {
		if e == "the process ends" {
			break
		}
	}
}

func TestAnAddressThatIsTakenStopsTheProcessAtOnce(t *testing.T) {
	first := listen(t)
	if _, err := ListenForPages(PagesConfig{Listen: first.Addr()}); err == nil || !strings.Contains(err.Error(), "listen for pages") {
		t.Errorf("the second listens: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
}
