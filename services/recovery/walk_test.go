package recovery_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/captcha"
)

// A browser walks the pages as they are served.
type browser struct {
	t    *testing.T
	http *http.Client
	base string
}

func (f *fixture) browser() *browser {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	server := httptest.NewServer(f.pages())
	f.t.Cleanup(server.Close)
	client := server.Client()
	client.Jar = jar
	return &browser{f.t, client, server.URL}
}

func (b *browser) at(method, path string, form url.Values) string {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %s, %v: %s", method, path, answer.Status, err, page)
	}
	return string(page)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="form" value="([^"]+)"`)

// send fills in the form of a page.
func (b *browser) send(page, path string, fields url.Values) string {
	b.t.Helper()
	found := hidden.FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("no form for %s is on %s", path, page)
	}
	form := url.Values{"form": {found[1]}}
	for name, values := range fields {
		form[name] = values
	}
	return b.at(http.MethodPost, path, form)
}

func TestThePagesLeadThroughACase(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	b := f.browser()
	at := "/recovery" + f.link(u, o.RecoveryID, 1).Path().Reveal()
	page := b.send(b.at(http.MethodGet, at, nil), at, nil)
	page = b.send(page, "/recovery/case/text", nil)
	if !strings.Contains(page, "0099") {
		t.Errorf("the page does not tell where the text went: %s", page)
	}
	page = b.send(page, "/recovery/case/code", url.Values{"code": {u.Sent(o.RecoveryID, 1)}})
	f.clear(u, o.RecoveryID) // before, so that the page has nothing to wait for
	b.send(page, "/recovery/case/captcha", f.captcha.Answer(captcha.Binding{Case: o.RecoveryID, Claim: 1}))
	if n := len(f.completions()); n != 1 {
		t.Fatalf("%d completions", n)
	}
	if c, err := f.status(o.RecoveryID); err != nil || c.State != recovery.CaseCompleted {
		t.Errorf("the status is %+v, %v", c, err)
	}
	if gone := b.at(http.MethodGet, "/recovery"+f.cancelLink(u, o.RecoveryID).Path().Reveal(), nil); strings.Contains(gone, "<form") {
		t.Errorf("what is through can be cancelled: %s", gone)
	}
}
