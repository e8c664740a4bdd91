// Package links names what the links of a recovery are made of: their paths, and the ids that their tokens are derived from.
//
// The notifier writes the links and recovery reads them. A link holds a 256-bit token and nothing about the user but the userkey; the token
// rests nowhere, since it follows from the user's delivery key (keyring.DataKey.LinkToken). A URL is made of the policy's recovery.url alone,
// never of what a browser says about the host.
package links

import (
	"strings"

	"countersign/pkg/events"
)

// A Link is what a mailed URL holds.
type Link struct {
	Platform string
	UserKey  string
	Token    events.Secret // 43 characters of URL-safe base64
	Cancel   bool          // it ends the case instead of going on with it
}

const cancel = "cancel"

// URL is the link under the policy's recovery.url: <base>/<platform>/<userkey>/<token>, or <base>/<platform>/<userkey>/cancel/<token>.
func (l Link) URL(base string) events.Secret {
	return events.NewSecret(strings.TrimRight(base, "/") + l.Path().Reveal())
}

// Path is what URL adds to its base, from the slash on.
func (l Link) Path() events.Secret {
	parts := []string{"", l.Platform, l.UserKey, l.Token.Reveal()}
	if l.Cancel {
		parts = []string{"", l.Platform, l.UserKey, cancel, l.Token.Reveal()}
	}
	return events.NewSecret(strings.Join(parts, "/"))
}

// Parse reads what Path wrote. It says of the form alone whether it is one of a link; whether the link leads anywhere, the case knows.
func Parse(path string) (Link, bool) {
	parts := strings.Split(path, "/")
	l := Link{Cancel: len(parts) == 5 && parts[3] == cancel}
	if len(parts) != 4 && !l.Cancel {
		return Link{}, false
	}
	l.Platform, l.UserKey, l.Token = parts[1], parts[2], events.NewSecret(parts[len(parts)-1])
	ok := parts[0] == "" && events.CheckPlatform(l.Platform) == nil && isKey(l.UserKey) && isToken(l.Token)
	if !ok {
		return Link{}, false
	}
	return l, true
}

const (
	keyLength   = 26
	tokenLength = 43
)

func isKey(text string) bool {
	return len(text) == keyLength && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

func isToken(token events.Secret) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return len(token.Reveal()) == tokenLength && strings.Trim(token.Reveal(), alphabet) == ""
}
