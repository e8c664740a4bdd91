package keycloak

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events/guard"
)

const (
	loginPrefix = "kc-" // of logins that come from here
	loginType   = "LOGIN"
	maxSession  = 256 // bytes of a session's id; Keycloak's have at most 36
)

// A told is what a webhook says, in the two shapes that event listeners send: Keycloak's own EventRepresentation, and one that has a uid,
// puts "access." before the type and half of the fields into authDetails. details, where names and addresses are, are not read.
type told struct {
	ID   string `json:"id"`
	UID  string `json:"uid"`
	Time int64  `json:"time"` // milliseconds since 1970
	Type string `json:"type"`
	who
	AuthDetails struct {
		who
	} `json:"authDetails"`
}

type who struct {
	RealmID   string `json:"realmId"`
	UserID    string `json:"userId"`
	SessionID string `json:"sessionId"`
	IPAddress string `json:"ipAddress"`
}

// An event is one that Keycloak told.
type event struct {
	login                        bool // everything else is nothing to Countersign
	id, realm, user, session, ip string
	at                           time.Time
}

func readEvent(body []byte) (event, error) {
	var t told
	if err := json.Unmarshal(body, &t); err != nil {
		return event{}, errors.New("it is not the JSON of an event") // the decoder's error may quote a name
	}
	if t.Type == "" || t.RealmID == "" {
		return event{}, errors.New("type and realmId are required")
	}
	e := event{
		login: strings.TrimPrefix(t.Type, "access.") == loginType, at: time.UnixMilli(t.Time), realm: t.RealmID,
		id: first(t.ID, t.UID), user: first(t.UserID, t.AuthDetails.UserID), session: first(t.SessionID, t.AuthDetails.SessionID),
		ip: first(t.IPAddress, t.AuthDetails.IPAddress),
	}
	if e.login {
		return e, e.check()
	}
	return e, nil
}

func (e event) check() error {
	if e.user == "" || e.session == "" || e.at.UnixMilli() <= 0 {
		return errors.New("a LOGIN has userId, sessionId and time")
	}
	if len(e.session) > maxSession {
		return fmt.Errorf("sessionId has more than %d bytes", maxSession)
	}
	return e.started().Validate()
}

// started follows from the webhook alone: the same event again must have the same content.
func (e event) started() *guard.LoginStarted {
	s := &guard.LoginStarted{User: e.user, LoginID: LoginID(e.realm, e.session), Purpose: guard.ForLogin, IP: e.ip}
	if len(s.IP) > guard.MaxIP {
		s.IP = ""
	}
	return s
}

// causeID is the ce-id of what becomes of the event. Keycloak before release 21 gives its events no id.
func (e event) causeID() string {
	if e.id == "" {
		return loginPrefix + digest("event", e.realm, e.session, strconv.FormatInt(e.at.UnixMilli(), 10))
	}
	return loginPrefix + digest("event", e.realm, e.id)
}

// LoginID is the login of a Keycloak session: the same for ever, so that every webhook of the session, and whoever knows the session,
// means the same login. The session's id does not follow from it.
func LoginID(realm, session string) string { return loginPrefix + digest("session", realm, session) }

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
