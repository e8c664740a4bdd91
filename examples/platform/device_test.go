package platform

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/recovery"
)

func opening(linkExpires time.Time) *recovery.Opened {
	return &recovery.Opened{
		User: "u-1", RecoveryID: "r-1", Steps: []recovery.Step{recovery.Link, recovery.Text, recovery.Captcha},
		DestinationHint: "d•••@example.com", LinkExpiresAt: linkExpires, ExpiresAt: noon.Add(30 * time.Minute),
	}
}

func TestALostDeviceIsReportedWithTheLoginThatCannotBeFinished(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.at("/code", "I lost my device")
	p.answers(opening(noon.Add(5*time.Minute)), nil)
	p.open("/lost-device")
	p.at("/lost-device", "Mail me a link")
	if count[*recovery.Requested](p.fake) != 0 {
		t.Error("looking at the page asks for something")
	}
	p.send("/lost-device")
	p.at("/lost-device", "A link was sent to <b>d•••@example.com</b>", `href="/inbox"`, "Type the code that is sent to your phone number", "Nothing is changed before the last step")
	e := last[*recovery.Requested](p.fake)
	if e.LoginID != p.loginID() || !e.ReauthenticatedAt.Equal(noon) || e.User == "" {
		t.Errorf("asked %+v", e)
	}
	p.outside()
}

func TestAnotherLinkIsToldApartFromTheSame(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.answers(opening(noon.Add(5*time.Minute)), nil)
	p.send("/lost-device")
	p.send("/lost-device")
	p.at("/lost-device", "no other went out")
	p.answers(opening(noon.Add(6*time.Minute)), nil)
	p.send("/lost-device")
	p.at("/lost-device", "The one before leads nowhere any more")
}

func TestAPasswordThatWasCheckedLongAgoOpensNoRecovery(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.answers(opening(noon.Add(time.Hour)), nil)
	p.clock = noon.Add(fresh)
	p.send("/lost-device")
	p.at("/lost-device", "Enter your password")
	p.send("/lost-device", "password", "wrong password")
	p.at("/lost-device", "That is not your password")
	if count[*recovery.Requested](p.fake) != 0 {
		t.Error("a recovery was asked for")
	}
	p.send("/lost-device", "password", password)
	p.at("/lost-device", "A link was sent to")
	if e := last[*recovery.Requested](p.fake); !e.ReauthenticatedAt.Equal(p.clock) {
		t.Errorf("checked at %v", e.ReauthenticatedAt)
	}
}

func TestWhyALostDeviceCannotBeReplacedIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		refusal error
		words   string
	}{
		"nowhere to send to":              {&events.Rejection{Code: events.NoContact}, "no mail address or no phone number"},
		"a contact that is new":           {&events.Rejection{Code: events.NotAllowed, Message: "the phone number is new"}, "the phone number is new"},
		"support is at it":                {&events.Rejection{Code: events.WrongState, Message: "a case of support is open"}, "a case of support is open"},
		"too often":                       {&events.Rejection{Code: events.RateLimited, RetryAt: noon.Add(time.Hour)}, "too often. Try again in 60 minutes"},
		"a password checked too long ago": {&events.Rejection{Code: events.StaleReauthentication}, "Please enter it again"},
		"silence":                         {client.ErrNoAnswer, "No answer came in time"},
	} {
		t.Run(name, func(t *testing.T) {
			p := holder(t)
			p.signIn()
			p.answers(nil, c.refusal)
			p.send("/lost-device")
			p.at("/lost-device", c.words, `role="alert"`, `href="/support"`)
			p.outside()
		})
	}
}

func TestNobodyWithoutThePasswordReportsALostDevice(t *testing.T) {
	for name, p := range map[string]*person{"a stranger": visits(t), "a member": member(t)} {
		p.send("/lost-device")
		if p.path == "/lost-device" || count[*recovery.Requested](p.fake) != 0 {
			t.Errorf("%s is at %s", name, p.path)
		}
	}
	p := insideHolder(t)
	p.clock = noon.Add(fresh)
	p.answers(nil, nil)
	p.send("/settings/off/totp", "password", password)
	p.at("/code", "Step‑up")
	if contains(p.page, "I lost my device") {
		t.Error("a step-up leads to a recovery")
	}
	if p.send("/lost-device"); p.path != "/code" {
		t.Errorf("a step-up is at %s", p.path)
	}
}

func TestTheMailIsInTheBrowsersLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "cs": "cs", "cs-CZ,cs;q=0.9,en;q=0.8": "cs-CZ", "de;q=0.9": "de", "*": "", "x y": "", strings.Repeat("a", 36): "",
	} {
		r := &http.Request{Header: http.Header{"Accept-Language": {header}}}
		if got := language(r); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}
