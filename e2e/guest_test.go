package e2e_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	recoveryLink = regexp.MustCompile(`http://\S+/recovery/acme/[a-z2-7]{26}/[^/\s]{12,}`)
	cancelLink   = regexp.MustCompile(`http://\S+/recovery/acme/[a-z2-7]{26}/cancel/[^/\s]+`)
	formOfPage   = regexp.MustCompile(`<form method="post"(?: action="([^"]*)")?[^>]*>\s*<input type="hidden" name="form" value="([^"]*)">`)
)

// A guest is a browser on the pages of a recovery: it keeps cookies and sends the forms that it sees.
type guest struct {
	*testing.T
	client *http.Client
	at     *url.URL
	page   string
}

func newGuest(t *testing.T) *guest {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &guest{T: t, client: &http.Client{Jar: jar}}
}

func (g *guest) open(ctx context.Context, link string) {
	g.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		g.Fatal(err)
	}
	g.do(request)
}

func (g *guest) do(r *http.Request) {
	g.Helper()
	response, err := g.client.Do(r)
	if err != nil {
		g.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		g.Fatal(err)
	}
	g.page, g.at = string(body), response.Request.URL
}

// send sends the form of the page that goes to a path with this end; "" is one that goes to where the page is.
func (g *guest) send(ctx context.Context, end string, fields url.Values) {
	g.Helper()
	for _, form := range formOfPage.FindAllStringSubmatch(g.page, -1) {
		if !strings.HasSuffix(form[1], end) || (end == "") != (form[1] == "") {
			continue
		}
		to, err := g.at.Parse(form[1])
		if err != nil {
			g.Fatal(err)
		}
		if fields == nil {
			fields = url.Values{}
		}
		fields.Set("form", form[2])
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
		if err != nil {
			g.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", g.at.Scheme+"://"+g.at.Host)
		g.do(request)
		return
	}
	g.Fatalf("%s has no form to %q:\n%s", g.at, end, g.page)
}

// sees ends the test unless the page says it.
func (g *guest) sees(words ...string) {
	g.Helper()
	for _, w := range words {
		if !strings.Contains(g.page, w) {
			g.Fatalf("%s does not say %q:\n%s", g.at.Path, w, g.page)
		}
	}
}

// cookies are the values that the pages have given the browser.
func (g *guest) cookies() (values []string) {
	for _, c := range g.client.Jar.Cookies(g.at) {
		values = append(values, c.Value)
	}
	return values
}
