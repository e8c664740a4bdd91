package worker

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestAnswersToPeopleAreCountedByRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /recovery/{platform}/{token}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /recovery/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	p := newPages("recovery", mux)
	for _, r := range []*http.Request{
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/recovery/acme/token-1", nil),
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/recovery/acme/token-2", nil),
		httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/recovery/x", nil),
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/token-3", nil),
	} {
		r.Pattern = "/" // of a mux before
		p.ServeHTTP(httptest.NewRecorder(), r)
	}
	const want = `
# HELP countersign_page_answers_total Answers to browsers and providers, by route and status.
# TYPE countersign_page_answers_total counter
countersign_page_answers_total{route="GET /recovery/{platform}/{token}",status="200",worker="recovery"} 2
countersign_page_answers_total{route="POST /recovery/",status="503",worker="recovery"} 1
countersign_page_answers_total{route="none",status="404",worker="recovery"} 1
`
	if err := testutil.CollectAndCompare(p.answers, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(p.seconds); n != 3 {
		t.Errorf("%d routes are timed", n)
	}
}
