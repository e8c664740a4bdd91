package links_test

import (
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/links"
)

var (
	userkey = strings.Repeat("a", 26)
	token   = events.NewSecret(strings.Repeat("t", 42) + "_")
)

func TestALinkIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]links.Link{
		"/acme/" + userkey + "/" + token.Reveal():        {Platform: "acme", UserKey: userkey, Token: token},
		"/acme/" + userkey + "/cancel/" + token.Reveal(): {Platform: "acme", UserKey: userkey, Token: token, Cancel: true},
	} {
		for _, base := range []string{"https://id.example/recovery", "https://id.example/recovery/"} {
			if got := l.URL(base).Reveal(); got != "https://id.example/recovery"+want {
				t.Errorf("written %s", got)
			}
		}
		back, ok := links.Parse(want)
		if !ok || !back.Token.Equal(token) || back.Path().Reveal() != want || back.Cancel != l.Cancel {
			t.Errorf("%s is read as %+v, %v", want, back, ok)
		}
	}
}

func TestWhatIsNoLinkIsNotRead(t *testing.T) {
	t.Parallel()
	good := "/acme/" + userkey + "/"
	for _, path := range []string{
		"", "/", "/acme", good, good + "short", good + "cancel", good + token.Reveal() + "/", "/" + good + token.Reveal(),
		"acme/" + userkey + "/" + token.Reveal(), "/Acme/" + userkey + "/" + token.Reveal(), "/acme/" + userkey[1:] + "/" + token.Reveal(),
		"/acme/" + userkey[1:] + "1/" + token.Reveal(), good + token.Reveal()[1:] + "%", good + "other/" + token.Reveal(),
		good + "cancel/" + token.Reveal() + "/more", "/acme/-/" + token.Reveal(),
	} {
		if l, ok := links.Parse(path); ok {
			t.Errorf("%s is read as %+v", path, l)
		}
	}
}

func TestARecoveryIDLeadsToItsUser(t *testing.T) {
	t.Parallel()
	id := links.RecoveryID(userkey, "in/acme/%2Fapp/1")
	if found, ok := links.UserKey(id); !ok || found != userkey {
		t.Errorf("%s leads to %q, %v", id, found, ok)
	}
	if id == links.RecoveryID(userkey, "in/acme/%2Fapp/2") {
		t.Error("two causes have opened one case")
	}
	for _, no := range []string{"", "r1", userkey, id + "a", id[1:], strings.Replace(id, "-", "_", 1), strings.ToUpper(id)} {
		if found, ok := links.UserKey(no); ok {
			t.Errorf("%q leads to %s", no, found)
		}
	}
}

func TestNoTwoDerivationsShareAnID(t *testing.T) {
	t.Parallel()
	id := links.RecoveryID(userkey, "in/acme/%2Fapp/1")
	if id == links.CancelID(id) || links.CancelID(id) == links.BrowserID(id) || links.BrowserID(id) == id {
		t.Error("one token would stand for two things")
	}
}
