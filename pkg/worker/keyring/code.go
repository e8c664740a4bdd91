package keyring

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"countersign/pkg/events"
)

// Lengths of a sent code: RFC 4226 R4 wants at least 6 digits; more than 8 is not typed without errors.
const (
	minDigits = 6
	maxDigits = 8
)

// Code gives the code that is sent for id (a challenge, an enrollment, a step of a recovery) the sending-th time: HOTP
// (RFC 4226) over a key that follows from id, with sending as counter. The same sending is always the same code, so a
// redelivery sends no second one. Fewer than 6 digits give 6, more than 8 give 8. Of the delivery key.
func (k *DataKey) Code(id string, sending uint64, digits int) events.Secret {
	return events.NewSecret(hotp(derive(k.key, sha1.Size, "code", id), sending, digits))
}

// MatchCode compares in constant time. Given must be the digits alone.
func (k *DataKey) MatchCode(id string, sending uint64, digits int, given events.Secret) bool {
	return k.Code(id, sending, digits).Equal(given)
}

// hotp is RFC 4226, 5.3.
func hotp(key []byte, counter uint64, digits int) string {
	digits = min(max(digits, minDigits), maxDigits)
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	text := fmt.Sprintf("%010d", number) // 31 bits are at most 10 digits
	return text[len(text)-digits:]
}

const recoveryBits = 80 // 16 characters of base32; SP 800-63B wants at least 64 where guesses are not throttled

// RecoveryCode gives the index-th code of a set: 16 characters of lower-case base32 in groups of four. Of the seed key.
func (k *DataKey) RecoveryCode(setID string, index int) events.Secret {
	return events.NewSecret(grouped(k.recoveryText(setID, index)))
}

// BareRecoveryCode is a recovery code as it is compared: without case, and without the spaces and hyphens of any script, the invisible ones
// of copied text among them.
func BareRecoveryCode(given events.Secret) events.Secret {
	return events.NewSecret(strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u00ad', r == '\u200b', r == '\u2060', r == '\ufeff':
			return -1
		}
		return r
	}, given.Reveal())))
}

// MatchRecoveryCode gives the index of the code within a set of count codes, or -1. Case, spaces and hyphens do not matter.
// Every code of the set is compared, whichever matches.
func (k *DataKey) MatchRecoveryCode(setID string, count int, given events.Secret) int {
	bare := BareRecoveryCode(given)
	found := -1
	for i := range count {
		if events.NewSecret(k.recoveryText(setID, i)).Equal(bare) {
			found = i
		}
	}
	return found
}

func (k *DataKey) recoveryText(setID string, index int) string {
	raw := derive(k.key, recoveryBits/8, "recovery code", setID, strconv.Itoa(index))
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw))
}

func grouped(text string) string {
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
}
