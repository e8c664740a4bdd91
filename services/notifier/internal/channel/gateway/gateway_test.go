package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/channeltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	bad    = "+15005550001"
	number = "+15551230199"
	secret = "Bearer 9f8e7d6c5b4a"
	body   = `{"message": {"recipient": "{to}", "content": "{text}", "reference": "{id}", "ttl": {seconds}}}`
)

// far is a gateway as somebody might have one: it takes texts, refuses one number, and fails as it is told to.
type far struct {
	*httptest.Server
	mu     sync.Mutex
	fault  string // of the next text: "", down, lose or hang
	status int
	answer string
	texts  []channeltest.Message
	forms  []url.Values
}

func serve(t *testing.T) *far {
	t.Helper()
	f := &far{status: http.StatusCreated, answer: `{"message_id": 17}`}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	fault := f.fault
	f.fault = ""
	status, answer := f.status, f.answer
	to, taken := f.take(r, content, fault)
	f.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != secret:
		w.WriteHeader(http.StatusUnauthorized)
	case fault == "down":
		w.WriteHeader(http.StatusTooManyRequests)
	case fault == "lose":
		panic(http.ErrAbortHandler)
	case fault == "hang":
		<-r.Context().Done()
	case !taken:
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"error": "invalid number `+to+`"}`)
	default:
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}
}

func (f *far) take(r *http.Request, content []byte, fault string) (to string, taken bool) {
	var text struct {
		Message struct {
			Recipient, Content, Reference string
			TTL                           int `json:"ttl"`
		}
	}
	if r.Header.Get("Content-Type") == string(URL) {
		form, _ := url.ParseQuery(string(content))
		f.forms = append(f.forms, form)
		return form.Get("to"), true
	}
	err := json.Unmarshal(content, &text)
	if err != nil || fault == "down" || text.Message.Recipient == bad || r.Header.Get("Authorization") != secret {
		return text.Message.Recipient, false
	}
	f.texts = append(f.texts, channeltest.Message{To: text.Message.Recipient, Text: text.Message.Content})
	return text.Message.Recipient, true
}

func (f *far) script(fault string) func() {
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.fault = fault
	}
}

func (f *far) received() []channeltest.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]channeltest.Message{}, f.texts...)
}

func (f *far) config() Config {
	return Config{
		URL: f.URL + "/send", Body: body, Authorization: events.NewSecret(secret), Reference: "message_id", BadNumber: "(?i)invalid number",
		Timeout: 5 * time.Second,
	}
}

func open(t *testing.T, c Config) *Channel {
	t.Helper()
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func TestItIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Line {
		f := serve(t)
		return channeltest.Line{
			Channel: open(t, f.config()), Bad: bad, Good: func(i int) string { return fmt.Sprintf("+155512302%02d", i) },
			Received: f.received, Down: f.script("down"), Lose: f.script("lose"), Hang: f.script("hang"),
		}
	})
}

func send(t *testing.T, c Config) (channel.Receipt, *channel.Failure) {
	t.Helper()
	receipt, err := open(t, c).Send(t.Context(), channel.Notification{
		ID: "n1", To: events.NewSecret(number), Text: events.NewSecret("Code 481516"), ValidFor: 90 * time.Second,
	})
	var f *channel.Failure
	if err != nil && !errors.As(err, &f) {
		t.Fatalf("error %v: want a *channel.Failure", err)
	}
	if f != nil && strings.Contains(fmt.Sprintf("%v %+v", f, f), "9f8e7d6c5b4a") {
		t.Errorf("the failure shows the key: %v", f)
	}
	return receipt, f
}

func TestWhatAGatewaysStatusMeans(t *testing.T) {
	operator := channel.Failure{Reason: channel.ProviderDown, Operator: true}
	lost := channel.Failure{Reason: channel.UnknownOutcome, Unknown: true}
	for status, want := range map[int]channel.Failure{
		500: lost, 503: lost, 400: operator, 404: operator, 302: operator, 429: {Reason: channel.ProviderDown, Temporary: true},
	} {
		f := serve(t)
		f.status, f.answer = status, "{}"
		_, got := send(t, f.config())
		if got == nil {
			t.Errorf("%d: sent", status)
			continue
		}
		if got.Err = nil; *got != want {
			t.Errorf("%d: %+v, want %+v", status, *got, want)
		}
	}
	f := serve(t)
	c := f.config()
	c.Authorization = events.NewSecret("Bearer 9f8e7d6c5b4a3")
	if _, got := send(t, c); got == nil || !got.Operator {
		t.Errorf("a wrong key: %+v", got)
	}
	f.Close()
	if _, got := send(t, f.config()); got == nil || !got.Temporary {
		t.Errorf("a gateway that is away: %+v", got)
	}
}

func TestHowATextIsNamed(t *testing.T) {
	for answer, want := range map[string]string{
		`{"message_id": 17}`: "17", `{"message_id": "abc"}`: "abc", `{}`: "n1", `no JSON`: "n1",
		`{"message_id": "` + strings.Repeat("x", 200) + `"}`: "n1",
	} {
		f := serve(t)
		f.answer = answer
		if receipt, _ := send(t, f.config()); receipt.ProviderID != want {
			t.Errorf("%s: %q", answer, receipt.ProviderID)
		}
	}
}

func TestAFormIsAForm(t *testing.T) {
	f := serve(t)
	c := f.config()
	c.Form, c.Body = URL, "to={to}&text={text}&valid={seconds}&key=a%26b"
	if _, failure := send(t, c); failure != nil {
		t.Fatal(failure)
	}
	want := url.Values{"to": {number}, "text": {"Code 481516"}, "valid": {"90"}, "key": {"a&b"}}
	if got := f.forms[0]; got.Encode() != want.Encode() {
		t.Errorf("got %v", got)
	}
}

func TestConfigIsCheckedWhole(t *testing.T) {
	_, err := New(Config{URL: "ftp://x", Body: "{to}", BadNumber: "(", Form: "text/plain", Timeout: -1, Authorization: events.NewSecret("a\nb")})
	for _, part := range []string{"url", "body: lacks {text}", "bad number", "form", "timeout", "authorization"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name the %s", err, part)
		}
	}
	for _, c := range []struct{ url, body, want string }{
		{"http://sms.example", body, "http would send codes in clear to sms.example"},
		{"https://sms.example", `{"to": {to}, "text": "{text}"}`, "body: is no JSON"},
		{"https://sms.example", `{"to": "{to}", "text": "{text}", "from": "{from}"}`, "body: {from} is not known"},
	} {
		if _, err := New(Config{URL: c.url, Body: c.body}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestTheOwnTimeoutEndsASending(t *testing.T) {
	f := serve(t)
	f.script("hang")()
	c := f.config()
	c.Timeout = 100 * time.Millisecond
	if _, got := send(t, c); got == nil || !got.Unknown || !errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("failure %+v", got)
	}
}
