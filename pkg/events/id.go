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
	text := make([]byte, 0, 512) // room for most, so that it need not leave the stack
	for _, p := range parts {
		text = binary.BigEndian.AppendUint64(text, uint64(len(p)))
		text = append(text, p...)
	}
	return short(sha256.Sum256(text))
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567")

// short is the first 130 bits of a hash in RFC 4648 base32, lower case.
func short(sum [sha256.Size]byte) string {
	var text [32]byte // as 17 bytes take, with padding
	return string(lowerBase32.AppendEncode(text[:0], sum[:17])[:26])
}
