package budget

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/phone"
	"countersign/pkg/worker/policy"
)

// Secrets gives a secret that all processes have alike, another one for each period: keyring.Rings.Shared.
type Secrets func(use string, period int64) []byte

const (
	secretUse = "budgets"
	hour      = time.Hour
)

// An hourly counter is named by its hour and by what it is of.
func hourOf(at time.Time) int64 { return at.Unix() / int64(hour/time.Second) }

// kept is how long an hour's counters are needed: Unanswered looks at the hour before.
func kept(ofHour int64) time.Time { return time.Unix((ofHour+2)*int64(hour/time.Second), 0) }

func name(parts ...string) string { return strings.Join(parts, "/") }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// digest tells people and contacts apart within an hour, and nobody without the key which.
func (s Secrets) digest(ofHour int64, parts ...string) string {
	mac := hmac.New(sha256.New, s(secretUse, ofHour))
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)[:20]))
}

// A use is one counter that a message is counted in. Without a limit it is only counted.
type use struct {
	Count
	scope Scope
	limit int
}

// uses are the counters of a message; none for one without a budget.
func (s Secrets) uses(m Message, at place, p policy.Policy, now time.Time) []use {
	h := hourOf(now)
	hourly := func(of Scope, limit int, parts ...string) use {
		key := name(append([]string{m.Platform, number(h), string(m.pool()), string(of)}, parts...)...)
		return use{Count{key, 1, kept(h)}, of, limit}
	}
	b, to := p.Budget, m.To.Reveal()
	contact := func() use { return hourly(Contact, b.PerContact, s.digest(h, m.Platform, "contact", to)) }
	switch {
	case m.textedCode():
		uses := []use{
			hourly(User, b.PerUser, s.digest(h, m.Platform, "user", m.UserKey)), contact(), hourly(Prefix, b.PerPrefix, at.Prefix),
			hourly(Country, b.PerCountry, at.country), hourly(Platform, b.PerPlatform),
		}
		if pausing(p) {
			uses = append(uses, use{Count: at.slotCount(sent, p, now)})
		}
		return uses
	case m.pool() == first: // by mail
		return []use{contact()}
	case m.Channel == notification.SMS:
		return []use{hourly(Notice, b.Notices, s.digest(h, m.Platform, "notice", m.UserKey, to, string(m.Template)))}
	}
	return nil
}

// A place is where a number is.
type place struct {
	Codes
	country string
}

// placeOf looks at numbers alone that are counted by it: it takes some time.
func placeOf(m Message) place {
	if !m.textedCode() {
		return place{}
	}
	country, prefix := phone.Where(m.To)
	return place{Codes{m.Platform, prefix, m.pool() == known}, country}
}

// texted and answered are a user's codes of an hour.
func (s Secrets) texted(platform, userkey string, ofHour int64) string {
	return name(platform, number(ofHour), string(known), string(User), s.digest(ofHour, platform, "user", userkey))
}

func (s Secrets) answered(platform, userkey string, ofHour int64) string {
	return name(platform, number(ofHour), "answered", s.digest(ofHour, platform, "user", userkey))
}
