package eventstore

import (
	"fmt"
	"net/url"
	"strings"

	"countersign/pkg/events"
)

// A Stream names one history. Its text form is at most MaxStream bytes; no part holds a slash, a number sign or a control character.
type Stream struct {
	Platform string // DNS label
	Kind     string // enrollment, guard, recovery or notification: who owns it and how it folds
	UserKey  string // events.UserKey
	ID       string // tells the streams of one kind and user apart; empty where there is only one
}

// MaxStream bounds a stream's text form, in bytes.
const MaxStream = 256

// String is <platform>/<kind>/<userkey>, and /<id> after it where there is one.
func (s Stream) String() string {
	if s.ID != "" {
		return s.Platform + "/" + s.Kind + "/" + s.UserKey + "/" + s.ID
	}
	return s.Platform + "/" + s.Kind + "/" + s.UserKey
}

// length is that of String.
func (s Stream) length() int {
	n := len(s.Platform) + len(s.Kind) + len(s.UserKey) + 2
	if s.ID != "" {
		n += 1 + len(s.ID)
	}
	return n
}

// ParseStream reads what String wrote.
func ParseStream(text string) (Stream, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 && len(parts) != 4 {
		return Stream{}, fmt.Errorf("read stream %q: want <platform>/<kind>/<userkey> or <platform>/<kind>/<userkey>/<id>", text)
	}
	s := Stream{Platform: parts[0], Kind: parts[1], UserKey: parts[2]}
	if len(parts) == 4 {
		s.ID = parts[3]
	}
	if err := s.check(); err != nil || s.String() != text {
		return Stream{}, fmt.Errorf("read stream %q: want <platform>/<kind>/<userkey> or <platform>/<kind>/<userkey>/<id>", text)
	}
	return s, nil
}

func (s Stream) check() error {
	if s.Platform == "" || s.Kind == "" || s.UserKey == "" {
		return fmt.Errorf("stream %q lacks its platform, kind or userkey", s)
	}
	if s.anyReserved() {
		return fmt.Errorf("stream %q holds a slash, a number sign or a control character in one of its parts", s)
	}
	if s.length() > MaxStream {
		return fmt.Errorf("stream %.40q… is longer than %d bytes", s, MaxStream)
	}
	return nil
}

func (s Stream) anyReserved() bool {
	for _, part := range []string{s.Platform, s.Kind, s.UserKey, s.ID} {
		if strings.ContainsFunc(part, reserved) {
			return true
		}
	}
	return false
}

func reserved(r rune) bool { return r == '/' || r == '#' || r < ' ' || r == 0x7f || r == '\uFFFD' }

// A Cause names the message that a commit answers.
type Cause struct {
	Origin   events.Direction // where the message travelled: ids of platforms and workers cannot collide
	Platform string
	Source   string // ce-source
	ID       string // ce-id
}

// MaxCause bounds a cause's key, in bytes: indexes of some servers hold no more than 2,700.
const MaxCause = 2000

// Key is the cause as one text, the four parts percent-encoded between slashes: two causes never share one.
func (c Cause) Key() string {
	return url.PathEscape(string(c.Origin)) + "/" + url.PathEscape(c.Platform) + "/" + url.PathEscape(c.Source) + "/" + url.PathEscape(c.ID)
}

// ParseCause reads what Key wrote.
func ParseCause(key string) (Cause, error) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return Cause{}, fmt.Errorf("read cause %q: want <origin>/<platform>/<source>/<id>", key)
	}
	for i, p := range parts {
		text, err := url.PathUnescape(p)
		if err != nil {
			return Cause{}, fmt.Errorf("read cause %q: %w", key, err)
		}
		parts[i] = text
	}
	return Cause{Origin: events.Direction(parts[0]), Platform: parts[1], Source: parts[2], ID: parts[3]}, nil
}
