package keyring

import (
	"context"
	"time"
)

// A Store keeps wrapped keys; it never sees one in clear. Adding is insert-if-absent and gives what stands there
// afterwards, so that processes that race agree. A row changes only by Replace, which wraps the same key anew. All methods are safe
// for concurrent use; keytest has the suite that an adapter must pass.
type Store interface {
	// AddKey stands for (purpose, platform, userkey, number), whichever keyring came first.
	AddKey(context.Context, Purpose, WrappedKey) (WrappedKey, error)
	// Key gives exactly the key that ref names, else ErrNoKeyring.
	Key(ctx context.Context, p Purpose, platform, userkey string, ref Ref) (WrappedKey, error)
	// NewestKey gives the key with the highest number, else ErrNoKeyring.
	NewestKey(ctx context.Context, p Purpose, platform, userkey string) (WrappedKey, error)
	// RemoveKey removes the row with the same place and keyring, if there is one.
	RemoveKey(context.Context, Purpose, WrappedKey) error
	// RemoveUser removes all keys of a user. When it returns nil, no read gives them, and as far as the store can see to it
	// its files do not hold them.
	RemoveUser(ctx context.Context, platform, userkey string) error

	// KeysUnder gives at most limit keys of a purpose whose epoch is less than epoch, of all users, by platform, user and number, from
	// the place behind after on; the zero WrappedKey is before every place.
	KeysUnder(ctx context.Context, p Purpose, epoch int, after WrappedKey, limit int) ([]WrappedKey, error)
	// CountUnder is how many there are.
	CountUnder(ctx context.Context, p Purpose, epoch int) (int, error)
	// ReplaceKey puts next in the place of old, if old stands there as it is, and says whether it did: what was removed meanwhile
	// does not come back.
	ReplaceKey(ctx context.Context, p Purpose, old, next WrappedKey) (bool, error)

	AddEpoch(context.Context, WrappedEpoch) (WrappedEpoch, error)           // stands for (purpose, number)
	Epochs(context.Context, Purpose) ([]WrappedEpoch, error)                // by number
	ReplaceEpoch(ctx context.Context, old, next WrappedEpoch) (bool, error) // as ReplaceKey

	AddPair(context.Context, WrappedPair) (WrappedPair, error) // stands for number
	Pairs(context.Context) ([]WrappedPair, error)              // by number
	RemovePairs(ctx context.Context, until time.Time) error    // those that end at or before until

	Close() error
}

// A Beginner is a Store that can begin to read a key, for whoever has something else to do before the key is needed.
type Beginner interface {
	// BeginKey begins what Key does and waits for nothing. What it gives is called once, or not at all.
	BeginKey(p Purpose, platform, userkey string, ref Ref) Read
}

// A Read waits for what was begun; it ends with an error when ctx does.
type Read func(ctx context.Context) (WrappedKey, error)

// A WrappedKey is one data key of one user.
type WrappedKey struct {
	Platform, UserKey string
	Ref               Ref
	Epoch             int // number of the epoch key that wraps it
	Wrapped           []byte
}

// A WrappedEpoch is one epoch key as its keeper wrapped it.
type WrappedEpoch struct {
	Purpose Purpose
	Number  int
	Wrapped []byte
}

// A WrappedPair is one HPKE key pair; the private key is wrapped under a delivery epoch key.
type WrappedPair struct {
	Number     int    // from 1
	ID         string // key_id on the wire
	Epoch      int
	Wrapped    []byte
	Start, End time.Time // when it was made and when it is forgotten; whole milliseconds
}
