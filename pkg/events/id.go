package events

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// MessageID is the Nats-Msg-Id of e: <platform>/<ce-source>/<ce-id>, both as they stand in the headers. A slash in the id is
// written %2F, so that no two events share a message id.
func MessageID(platform string, e Envelope) string {
	id := strings.ReplaceAll(percentEncode(e.ID), "/", "%2F")
	return platform + "/" + percentEncode(e.Source) + "/" + id
}

// DerivedID names something new after its cause: 26 characters of lower-case base32 (130 bits) of SHA-256 over the parts,
// each preceded by its length in bytes as 8 bytes, most significant first. The same parts give the same id for ever.
func DerivedID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return short(h.Sum(nil))
}

// short is the first 130 bits of a hash in RFC 4648 base32, lower case.
func short(sum []byte) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:17])[:26])
}
