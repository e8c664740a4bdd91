package twiliodoc

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	at      = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
	service = "MG00000000000000000000000000000001"
)

func open(t *testing.T) *Document {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func right() url.Values {
	return url.Values{
		"To": {"+15551230199"}, "Body": {"123456"}, "MessagingServiceSid": {service}, "ValidityPeriod": {"299"},
		"StatusCallback": {"https://hooks.acme.example/twilio/acme/u/n"},
	}
}

// Each is one slip in a request that is otherwise right.
func TestEverySlipInARequestIsSeen(t *testing.T) {
	with := func(name, value string) url.Values {
		form := right()
		form.Set(name, value)
		return form
	}
	without := right()
	without.Del("To")
	for _, c := range []struct {
		name    string
		request *http.Request
		say     string // "": the request is right
	}{
		{"nothing", post(at, right()), ""},
		{"nothing, from a number", post(at, url.Values{"To": {"+15551230199"}, "From": {"+15005550006"}, "Body": {"1"}}), ""},
		{"nothing in a listing", httptest.NewRequest(http.MethodGet, at+"?To=%2B15551230199&PageSize=50", nil), ""},
		{"no number", post(at, without), "To"},
		{"a field that there is not", post(at, with("Validity", "299")), "no field Validity"},
		{"a field in other letters", post(at, with("to", "+15551230199")), "no field to"},
		{"a number that is none", post(at, with("To", "015551230199")), "phone-number"},
		{"a life that is no number", post(at, with("ValidityPeriod", "5m")), "ValidityPeriod"},
		{"a service that is none", post(at, with("MessagingServiceSid", "MGx")), "MessagingServiceSid"},
		{"a word that there is not", post(at, with("RiskCheck", "maybe")), "RiskCheck"},
		{"a callback that leads nowhere", post(at, with("StatusCallback", "hooks")), "StatusCallback"},
		{"an account that is none", post(strings.Replace(at, "AC0", "XX0", 1), right()), "AccountSid"},
		{"a path that there is not", post(strings.Replace(at, "Messages", "Message", 1), right()), "find POST"},
		{"a form in a query", post(at+"?To=%2B15551230199", right()), "no parameter To"},
		{"a parameter that there is not", httptest.NewRequest(http.MethodGet, at+"?Limit=50", nil), "no parameter Limit"},
		{"a page that is too large", httptest.NewRequest(http.MethodGet, at+"?PageSize=1001", nil), "PageSize"},
		{"a body of a listing", httptest.NewRequest(http.MethodGet, at, strings.NewReader("To=1")), "has no body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := open(t).Request(c.request)
			if (err == nil) != (c.say == "") || err != nil && !strings.Contains(err.Error(), c.say) {
				t.Errorf("got %v, want %q", err, c.say)
			}
		})
	}
}

func TestEverySlipInAnAnswerIsSeen(t *testing.T) {
	const message = `{"sid":"SM00000000000000000000000000000001","to":"+15551230199","status":"queued","direction":"outbound-api",` +
		`"date_created":"Thu, 24 Aug 2023 05:01:45 +0000","error_code":null,"price_unit":"USD","uri":"` + at + `"}`
	list := func(m string) string { return `{"messages":[` + m + `],"page":0,"page_size":50,"next_page_uri":null}` }
	for _, c := range []struct {
		name, old, now, say string
	}{
		{"nothing", "", "", ""},
		{"a name that there is not", `"to"`, `"recipient"`, "recipient"},
		{"a state that there is not", `"queued"`, `"lost"`, "status"},
		{"a SID that is none", `"SM0`, `"XX0`, "sid"},
		{"a number where a text stands", `"USD"`, `1`, "price_unit"},
		{"a time in another form", `"Thu, 24 Aug 2023 05:01:45 +0000"`, `"2023-08-24T05:01:45Z"`, "date_created"},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}}
			m := strings.Replace(message, c.old, c.now, 1)
			sent := open(t).Answer(post(at, right()), http.StatusCreated, header, []byte(m))
			listed := open(t).Answer(httptest.NewRequest(http.MethodGet, at, nil), http.StatusOK, header, []byte(list(m)))
			for _, err := range []error{sent, listed} {
				if (err == nil) != (c.say == "") || err != nil && !strings.Contains(err.Error(), c.say) {
					t.Errorf("got %v, want %q", err, c.say)
				}
			}
		})
	}
	if err := open(t).Answer(post(at, right()), http.StatusOK, http.Header{"Content-Type": {"application/json"}}, []byte(message)); err == nil {
		t.Error("a text is made with 200")
	}
}

func TestARequestThatDoesNotComeWholeIsLeftToTheStandIn(t *testing.T) {
	r := post(at, right())
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("To=1"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if err := open(t).Request(r); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(r.Body); string(got) != "To=1" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHoldLetsThrough(t *testing.T) {
	var seen url.Values
	h := Hold(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		seen = r.PostForm
		http.Error(w, "{}", http.StatusTooManyRequests)
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(at, right()))
	if w.Code != http.StatusTooManyRequests || seen.Get("Body") != "123456" {
		t.Errorf("%d, saw %v", w.Code, seen)
	}
}
