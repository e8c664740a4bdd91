package keyring

import (
	"fmt"
	"log/slog"
	"strconv"

	"countersign/pkg/events"
)

// A DataKey is one user's key of one purpose. It prints as its name only.
type DataKey struct {
	ref     Ref
	purpose Purpose
	key     secretKey
}

// Ref names the key; what is derived or sealed must be kept with it.
func (k *DataKey) Ref() Ref { return k.ref }

// Bounds of a TOTP seed in bytes: RFC 4226 R6 wants at least 128 bits and recommends 160; 64 is SHA-512's block.
const (
	minSeed = 20
	maxSeed = 64
)

// TOTPSeed gives the raw bytes of an enrollment's seed: 20 for SHA-1, 32 for SHA-256, 64 for SHA-512 (RFC 6238). Sizes below
// 20 or above 64 give 20 or 64. Of the seed key.
func (k *DataKey) TOTPSeed(enrollmentID string, size int) events.Secret {
	size = min(max(size, minSeed), maxSeed)
	return events.NewSecret(string(derive(k.key, size, "totp", enrollmentID, strconv.Itoa(size))))
}

// LinkToken gives the 256-bit token, 43 characters of URL-safe base64, of the link that is sent for id the sending-th time.
// Of the delivery key.
func (k *DataKey) LinkToken(id string, sending uint64) events.Secret {
	token := derive(k.key, keySize, "link", id, strconv.FormatUint(sending, 10))
	return events.NewSecret(encoding.EncodeToString(token))
}

// MatchLinkToken compares in constant time.
func (k *DataKey) MatchLinkToken(id string, sending uint64, given events.Secret) bool {
	return k.LinkToken(id, sending).Equal(given)
}

func (k *DataKey) String() string {
	return fmt.Sprintf("%s key %s/%d", k.purpose, k.ref.Keyring, k.ref.Number)
}
func (k *DataKey) LogValue() slog.Value { return slog.StringValue(k.String()) }
func (k *DataKey) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(k.String()))
}
