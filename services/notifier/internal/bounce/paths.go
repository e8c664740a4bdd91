// Package bounce takes mails back.
//
// Each try of a mail has a return path of its own, which the relay writes to when the mail cannot be delivered after all (RFC 3461, RFC 3464).
// Nobody can make one up, and it tells nobody whose it is. What comes in for another address, from anybody but a mail system, or as anything
// but a report of a failure, is refused or passed over; of what is taken, nothing is kept but the status. Sizes, times and connections
// are bounded.
package bounce

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"regexp"
	"strings"
)

// A Place is the try of a notification.
type Place struct {
	Platform    string
	UserKey, ID string // 26 characters of base32 each, as events.UserKey and events.DerivedID make them
	Try         int    // 1 to 31
}

// Paths makes return paths and reads them.
type Paths struct {
	domain string
	key    []byte
}

// NewPaths has addresses at domain. Whoever has the same key reads them; it is a secret of 32 bytes.
func NewPaths(domain string, key []byte) Paths { return Paths{strings.ToLower(domain), key} }

// A local part is 64 characters, the most that RFC 5321 4.5.3.1.1 allows: 11 of a tag, then 53 of the place under a mask that follows from
// the tag. All are base32, of which mail systems may change the case. A platform's name is too long to be in it: the tag says it.
const (
	tagLength  = 11
	nameLength = 26
	letters    = "abcdefghijklmnopqrstuvwxyz234567"
)

var (
	names   = regexp.MustCompile(`\A[a-z2-7]{26}\z`)
	domains = regexp.MustCompile(`\A([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z`)
	locals  = regexp.MustCompile(`\A[a-z2-7]{64}\z`)
)

// maxDomain leaves room for the local part within the 254 bytes of an address.
const maxDomain = 254 - 64 - 1

// IsDomain says whether return paths can be at a domain.
func IsDomain(name string) bool {
	return len(name) <= maxDomain && domains.MatchString(strings.ToLower(name))
}

// Address is where a try comes back to; "" for a place that none can name.
func (p Paths) Address(at Place) string {
	if !names.MatchString(at.UserKey) || !names.MatchString(at.ID) || at.Try < 1 || at.Try >= len(letters) {
		return ""
	}
	place := at.UserKey + at.ID + letters[at.Try:at.Try+1]
	tag := p.tag(at.Platform, place)
	return tag + p.mask(tag, place, 1) + "@" + p.domain
}

// Read is false for an address that Address has not made for one of the platforms.
func (p Paths) Read(address string, platforms []string) (Place, bool) {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if domain != p.domain || !locals.MatchString(local) {
		return Place{}, false
	}
	tag := local[:tagLength]
	place := p.mask(tag, local[tagLength:], -1)
	for _, platform := range platforms {
		if hmac.Equal([]byte(tag), []byte(p.tag(platform, place))) {
			return Place{
				Platform: platform, UserKey: place[:nameLength], ID: place[nameLength : 2*nameLength],
				Try: strings.IndexByte(letters, place[2*nameLength]),
			}, true
		}
	}
	return Place{}, false
}

func (p Paths) tag(platform, place string) string {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte("tag\x00" + platform + "\x00" + place))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:tagLength]
}

// mask turns each letter forward, or back with -1, by as much as the tag says.
func (p Paths) mask(tag, text string, direction int) string {
	mac := hmac.New(sha512.New, p.key)
	mac.Write([]byte("mask\x00" + tag))
	stream := mac.Sum(nil)
	masked := make([]byte, len(text))
	for i := range masked {
		n := strings.IndexByte(letters, text[i]) + direction*int(stream[i])
		masked[i] = letters[n&(len(letters)-1)]
	}
	return string(masked)
}
