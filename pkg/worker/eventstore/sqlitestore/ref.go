package sqlitestore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"countersign/pkg/worker/eventstore"
)

// Bytes of digests in keys of refs.
const (
	kindLength = 4
	nameLength = 16
)

// StreamKey is how refs name a stream: 4 bytes of SHA-256 of its kind, so that a kind's streams lie together, and 16 of its name.
func StreamKey(s eventstore.Stream) []byte { return streamKey(s.Kind, s.String()) }

func streamKey(kind, name string) []byte {
	of := sha256.Sum256([]byte(name))
	return append(kindKey(kind), of[:nameLength]...)
}

func kindKey(kind string) []byte {
	of := sha256.Sum256([]byte(kind))
	return append(make([]byte, 0, kindLength+nameLength), of[:kindLength]...)
}

// CauseKey is how refs name a cause: 16 bytes of SHA-256 of its key.
func CauseKey(c eventstore.Cause) []byte { return causeKey(c.Key()) }

func causeKey(key string) []byte {
	of := sha256.Sum256([]byte(key))
	return of[:nameLength]
}

// behindKind sorts behind every stream of a kind.
func behindKind(kind string) []byte {
	behind := kindKey(kind)
	for range nameLength + 1 {
		behind = append(behind, 0xff)
	}
	return behind
}

// keysText is keys of streams as a JSON text.
func keysText(streams []eventstore.Stream) string {
	text := []byte{'['}
	for i, s := range streams {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(hex.AppendEncode(append(text, '"'), StreamKey(s)), '"')
	}
	return string(append(text, ']'))
}

// only refuses commits of another stream: a key that two share leads to one of them.
func only(s eventstore.Stream, found []eventstore.Commit) error {
	for _, c := range found {
		if c.Stream != s {
			return fmt.Errorf("its key leads to stream %s: both have one digest", c.Stream)
		}
	}
	return nil
}

func onlyOfKind(kind string, found []eventstore.Commit) error {
	for _, c := range found {
		if c.Stream.Kind != kind {
			return fmt.Errorf("its key leads to stream %s: both kinds have one digest", c.Stream)
		}
	}
	return nil
}

func answers(s eventstore.Stream, cause eventstore.Cause, found []eventstore.Commit) error {
	for _, c := range found {
		if c.Cause != cause {
			return fmt.Errorf("its key leads to cause %s: both have one digest", c.Cause.Key())
		}
	}
	return only(s, found)
}
