package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
)

// digestVersion says which key: that of the first delivery epoch, for ever, since ids are derived from digests.
const digestVersion = "1."

// Digest is an HMAC-SHA-256 of what a message said, 45 characters. It tells two contents apart and, without the key, gives
// nothing away: a code of six digits could be found from a plain hash.
func (r *Rings) Digest(content []byte) string {
	mac := hmac.New(sha256.New, r.digest())
	mac.Write(content)
	return digestVersion + encoding.EncodeToString(mac.Sum(nil))
}

// SameDigest compares in constant time.
func (r *Rings) SameDigest(digest string, content []byte) bool {
	return hmac.Equal([]byte(digest), []byte(r.Digest(content)))
}
