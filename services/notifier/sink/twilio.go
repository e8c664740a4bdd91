package sink

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// TwilioOptions sets up a stand-in of Twilio's Messages API.
type TwilioOptions struct {
	Inbox      *Inbox           // required
	AccountSID string           // required; the user of basic auth
	AuthToken  string           // required; its password, and the key of callbacks' signatures
	Numbers    []string         // senders beside the magic +15005550006, in E.164
	Limit      int              // texts that the ledger holds; 0 means DefaultLimit
	Client     *http.Client     // for callbacks; nil: one with a timeout of 5 s
	Now        func() time.Time // nil means time.Now
	Takes      func(Call)       // comes before each text is taken, and may take its time, as Twilio does; nil: nothing
	Log        *slog.Logger     // nil means slog.Default; never sees a message
}

// A Twilio stand-in is an http.Handler that speaks POST and GET /2010-04-01/Accounts/{Sid}/Messages.json, obeys the magic
// numbers of Twilio's test credentials, and calls back with the states queued, sent and delivered of each text.
type Twilio struct {
	options TwilioOptions
	routes  *http.ServeMux
	faults  script[TextFault]
	listing script[TextFault] // what listings meet
	ledger  ledger

	calls  sync.WaitGroup
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
}

// NewTwilio returns a stand-in; Close it after its http.Server.
func NewTwilio(o TwilioOptions) (*Twilio, error) {
	if o.Inbox == nil || o.AccountSID == "" || o.AuthToken == "" {
		return nil, errors.New("set up twilio stand-in: an inbox, an account SID and an auth token are needed")
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 5 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Takes == nil {
		o.Takes = func(Call) {}
	}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	t := &Twilio{options: o, routes: http.NewServeMux(), ledger: ledger{limit: o.Limit}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.routes.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", t.guarded(t.create))
	t.routes.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages.json", t.guarded(t.list))
	t.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { answer(w, notFound(r.URL.Path)) })
	return t, nil
}

func (t *Twilio) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.routes.ServeHTTP(w, r) }

// Close lets go of requests that a fault holds and waits for callbacks under way.
func (t *Twilio) Close() {
	t.cancel()
	t.calls.Wait()
}

// Script makes the next texts meet these faults, one each and in order.
func (t *Twilio) Script(faults ...TextFault) { t.faults.add(faults...) }

// Disturb asks draw what each text meets for which nothing is scripted. It is not called twice at once.
func (t *Twilio) Disturb(draw func(Call) (TextFault, bool)) { t.faults.drawing(draw) }

// DisturbListings likewise asks what each listing meets.
func (t *Twilio) DisturbListings(draw func(Call) (TextFault, bool)) { t.listing.drawing(draw) }

// ScriptListings makes the next listings meet these faults.
func (t *Twilio) ScriptListings(faults ...TextFault) { t.listing.add(faults...) }

// Ledger returns every text that was accepted, oldest first.
func (t *Twilio) Ledger() []Text { return t.ledger.list("") }

func (t *Twilio) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		right := subtle.ConstantTimeCompare([]byte(user), []byte(t.options.AccountSID)) &
			subtle.ConstantTimeCompare([]byte(password), []byte(t.options.AuthToken))
		switch {
		case right != 1:
			w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
			answer(w, refuse(http.StatusUnauthorized, 20003, "Authenticate"))
		case r.PathValue("sid") != t.options.AccountSID:
			answer(w, notFound(r.URL.Path))
		default:
			next(w, r)
		}
	}
}

func (t *Twilio) create(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		answer(w, refuse(http.StatusBadRequest, 20001, "Malformed form"))
		return
	}
	call := callOf(r, r.PostForm.Get("To"), begun)
	fault := t.faults.meets(call)
	if fault.before(w) {
		return
	}
	text, refusal := t.order(r.PostForm)
	if refusal != nil {
		answer(w, refusal)
		return
	}
	t.options.Takes(call)
	t.accept(text, fault)
	if fault.after(t.ctx, w, r) {
		return
	}
	answer(w, created(text))
}

func (t *Twilio) accept(text Text, fault TextFault) {
	t.ledger.add(text)
	t.options.Inbox.Add(Message{ID: text.SID, Channel: SMS, To: text.To, Text: text.Body, At: text.At})
	if text.StatusCallback != "" {
		t.calls.Go(func() { t.report(text, fault.undelivered) })
	}
}

func (t *Twilio) list(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("To")
	if t.listing.meets(callOf(r, to, time.Now())).before(w) {
		return
	}
	answer(w, page(r.URL, t.ledger.list(to)))
}
