package sink

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func served(t *testing.T) (*Inbox, *httptest.Server) {
	t.Helper()
	b := NewInbox(InboxOptions{})
	server := httptest.NewServer(b.Handler())
	t.Cleanup(func() {
		b.Close()
		server.Close()
	})
	return b, server
}

func get(t *testing.T, server *httptest.Server, path string) (*http.Response, string) {
	t.Helper()
	response, err := server.Client().Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestThePageShowsTheNewestFirst(t *testing.T) {
	b, server := served(t)
	b.Add(Message{Channel: Email, To: "old@example.com", Subject: "Older"})
	b.Add(Message{Channel: SMS, To: "+15551230199", Text: "Acme: 123456 is your sign-in code."})
	_, page := get(t, server, "/inbox")
	older, newer := strings.Index(page, "Older"), strings.Index(page, "15551230199")
	if older < 0 || newer < 0 || newer > older {
		t.Errorf("the newer at %d, the older at %d", newer, older)
	}
	if !strings.Contains(page, `data-copy="123456"`) {
		t.Error("no button to copy the code")
	}
}

func TestAMessageCanBeUsedInOneClick(t *testing.T) {
	b, server := served(t)
	b.Add(Message{Channel: Email, To: "a@example.com", Text: "Go to https://acme.example/r?t=1&u=2 now", HTML: "<p>Go"})
	b.Add(Message{Channel: Email, To: "a@example.com", Text: "plain"})
	_, page := get(t, server, "/inbox")
	if !strings.Contains(page, `<a class="button" href="https://acme.example/r?t=1&amp;u=2"`) {
		t.Error("no button opens the link")
	}
	for _, choice := range []string{`value="html" checked`, `value="text"`} {
		if strings.Count(page, choice) != 1 {
			t.Errorf("%q: want it for the one mail that has both", choice)
		}
	}
}

func TestTheInboxLeadsBackToWhereItsMessagesComeFrom(t *testing.T) {
	for home, want := range map[string]bool{"/demo": true, "": false} {
		b := NewInbox(InboxOptions{Home: home})
		server := httptest.NewServer(b.Handler())
		_, page := get(t, server, "/inbox")
		server.Close()
		if got := strings.Contains(page, `href="/demo"`); got != want {
			t.Errorf("home %q: linked %v", home, got)
		}
	}
}

func TestThePageRunsNothingThatAMailBrings(t *testing.T) {
	b, server := served(t)
	const evil = `"><script>alert(1)</script>`
	m := b.Add(Message{Channel: Email, To: evil, Subject: evil, Text: evil, HTML: evil})
	_, page := get(t, server, "/inbox")
	if strings.Contains(page, evil) {
		t.Error("the mail stands in the page unescaped")
	}
	mail, body := get(t, server, "/inbox/messages/"+m.ID+"/html")
	if body != evil {
		t.Errorf("HTML changed to %q", body)
	}
	policy := mail.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "; sandbox ", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q of the mail lacks %q", policy, part)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "script-src") {
		t.Errorf("policy %q lets a mail run scripts or act as the inbox", policy)
	}
}

func TestNothingMayBeStoredFramedOrLoadAnythingFromElsewhere(t *testing.T) {
	_, server := served(t)
	for _, path := range []string{"/inbox", "/inbox.json", "/inbox/inbox.js", "/inbox/inbox.css", "/inbox/icon.svg", "/inbox/messages/none/html"} {
		response, _ := get(t, server, path)
		h := response.Header
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, h)
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestJSONIsAListOldestFirst(t *testing.T) {
	b, server := served(t)
	if _, body := get(t, server, "/inbox.json"); strings.TrimSpace(body) != "[]" {
		t.Errorf("an empty inbox is %q, want []", body)
	}
	b.Add(Message{Channel: Email, To: "a@example.com", Subject: "s", Text: "t", HTML: "<p>h"})
	b.Add(Message{Channel: SMS, To: "+15551230199", Text: "u"})
	response, body := get(t, server, "/inbox.json")
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	var got []map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0]["to"] != "a@example.com" || got[0]["html"] != "<p>h" || got[1]["channel"] != "sms" {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"id", "channel", "to", "subject", "text", "html", "at"} {
		if _, ok := got[1][name]; !ok {
			t.Errorf("%q is missing", name)
		}
	}
	if _, err := time.Parse(time.RFC3339Nano, got[0]["at"]); err != nil {
		t.Error(err)
	}
}

func TestALivePageHearsOfEachChange(t *testing.T) {
	b, server := served(t)
	request, err := http.NewRequestWithContext(patient(t), http.MethodGet, server.URL+"/inbox/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	heard := func() bool {
		for lines.Scan() {
			if lines.Text() == "event: changed" {
				return true
			}
		}
		return false
	}
	if !heard() {
		t.Fatal("nothing is said at first: what came while the page loaded would be missed")
	}
	b.Add(Message{})
	if !heard() {
		t.Fatal("a new message is not told")
	}
	b.Close()
	for heard() {
	} // ends, or the server could not shut down
}

func TestCodesAndLinksAreFoundInATextAndNumbersAreNot(t *testing.T) {
	for _, c := range []struct {
		name, text, code string
	}{
		{"six digits in a sentence", "Acme: 123456 is your sign-in code.", "123456"},
		{"six digits on a line of their own", "Enter:\n\n    012345\n", "012345"},
		{"eight digits", "Code 12345678.", "12345678"},
		{"a telephone number is none", "Call +15551230199 or 5551230", ""},
		{"part of a token is none", "token=x123456y a-123456-b", ""},
		{"the bound form of a browser is none by itself", "@acme.example #123456", ""},
	} {
		if got := findCode(c.text); got != c.code {
			t.Errorf("%s: found %q, want %q", c.name, got, c.code)
		}
	}
	got := parts("Open https://acme.example/r?t=1. Or not")
	if len(got) != 3 || got[1].URL != "https://acme.example/r?t=1" || got[2].Text != ". Or not" {
		t.Errorf("parts %v", got)
	}
}
