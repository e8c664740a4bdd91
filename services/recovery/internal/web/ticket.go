package web

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/links"
)

// A cookie is what the ticket is in.
type cookie struct {
	name, path string
	secure     bool
}

const (
	cookieName = "countersign-recovery"
	maxCookie  = 512 // bytes of a value that are looked at
)

// newCookie has browsers hold the cookie to HTTPS, and to this host where its path is the root.
func newCookie(base string, secure bool) cookie {
	c := cookie{cookieName, cmp.Or(base, "/"), secure}
	switch {
	case secure && base == "":
		c.name = "__Host-" + cookieName
	case secure:
		c.name = "__Secure-" + cookieName
	}
	return c
}

func (c cookie) set(w http.ResponseWriter, t Ticket, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: c.name, Value: t.encode(), Path: c.path, MaxAge: max(1, int(life/time.Second)),
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// ticket is what the browser holds. What is no ticket is none.
func (c cookie) ticket(r *http.Request) (Ticket, bool) {
	held, err := r.Cookie(c.name)
	if err != nil || len(held.Value) > maxCookie {
		return Ticket{}, false
	}
	return decodeTicket(held.Value)
}

func (t Ticket) encode() string {
	return strings.Join([]string{t.Platform, t.RecoveryID, strconv.FormatUint(t.Claim, 10), t.Token.Reveal()}, ".")
}

func decodeTicket(text string) (Ticket, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 || events.CheckPlatform(parts[0]) != nil || parts[3] == "" {
		return Ticket{}, false
	}
	userkey, ok := links.UserKey(parts[1])
	claim, err := strconv.ParseUint(parts[2], 10, 64)
	if !ok || err != nil || claim == 0 {
		return Ticket{}, false
	}
	return Ticket{Platform: parts[0], UserKey: userkey, RecoveryID: parts[1], Claim: claim, Token: events.NewSecret(parts[3])}, true
}

// formField is the field of every form that says that the form is of our own page: nobody else can compute it.
const formField = "form"

func (t Ticket) form() string { return seal(t.Token, "case") }

func formOf(l links.Link) string { return seal(l.Token, "link") }

func seal(token events.Secret, what string) string {
	mac := hmac.New(sha256.New, []byte(token.Reveal()))
	mac.Write([]byte("form/" + what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ownForm needs the form to have been read.
func ownForm(r *http.Request, want string) bool {
	return hmac.Equal([]byte(r.PostForm.Get(formField)), []byte(want))
}
