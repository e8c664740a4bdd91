package keyring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
)

// ErrUnknownKey says that no key pair has that id any more: the platform asks keys.public again.
var ErrUnknownKey = errors.New("unknown key id")

// The life of a key pair. Offered is a day shorter, so that what was sealed to it still opens when it comes late.
const (
	pairRotation = 24 * time.Hour
	pairLife     = 7 * 24 * time.Hour
	pairOffered  = pairLife - 24*time.Hour
	pairRefresh  = time.Minute
)

// A PublicKey is what a platform seals codes and addresses to.
type PublicKey struct {
	KeyID    string
	Key      []byte    // 32 bytes, X25519
	NotAfter time.Time // the key is forgotten a day later
}

// KeySetConfig is what OpenKeySet needs.
type KeySetConfig struct {
	Rings  *Rings
	Logger *slog.Logger // told when Run cannot rotate
}

// A KeySet holds the HPKE key pairs that platforms seal to, for all platforms the same. The writer makes a new one every 24
// hours and forgets each after 7 days. It is safe for concurrent use.
type KeySet struct {
	rings  *Rings
	epochs *epochs
	logger *slog.Logger

	loading sync.Mutex // one at a time, or a slow one could bring back what a later one forgot
	mu      sync.RWMutex
	pairs   []*pair // newest first
}

// OpenKeySet opens the pairs that there are; the writer makes the first.
func OpenKeySet(ctx context.Context, c KeySetConfig) (*KeySet, error) {
	s := &KeySet{rings: c.Rings, epochs: c.Rings.epochs[Delivery], logger: c.Logger}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Run refreshes every minute until ctx ends; its error is always nil.
func (s *KeySet) Run(ctx context.Context) error {
	tick := time.NewTicker(pairRefresh)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "key pairs are not refreshed; those in memory are used on", "error", err)
		}
	}
}

// Public gives the pairs to seal to, newest first.
func (s *KeySet) Public() []PublicKey {
	now := time.Now()
	keys := []PublicKey{}
	for _, p := range s.all() {
		if until := p.Start.Add(pairOffered); now.Before(until) {
			keys = append(keys, PublicKey{p.ID, p.key.Public(), until})
		}
	}
	return keys
}

// Open opens a field that a platform sealed. ErrUnknownKey: it was sealed to a key that is forgotten or never was;
// seal.ErrOpen: it was sealed for another place, or altered.
func (s *KeySet) Open(ctx context.Context, keyID string, at seal.Place, sealed string) (events.Secret, error) {
	p := s.find(keyID)
	if p == nil { // made by another process a moment ago, perhaps
		if err := s.load(ctx); err != nil {
			return events.Secret{}, err
		}
		if p = s.find(keyID); p == nil {
			return events.Secret{}, ErrUnknownKey
		}
	}
	return p.key.Open(at, sealed)
}

// Refresh reads epoch keys and pairs anew; the writer first forgets what is over and makes a pair when the newest is a day old.
func (s *KeySet) Refresh(ctx context.Context) error {
	if err := s.rings.Refresh(ctx); err != nil {
		return fmt.Errorf("refresh epoch keys: %w", err)
	}
	if s.rings.writer {
		if err := s.rotate(ctx, time.Now()); err != nil {
			return fmt.Errorf("rotate key pairs: %w", err)
		}
	}
	return s.load(ctx)
}

// Format prints the type's name alone, whatever is asked for.
func (s *KeySet) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("key set")) }

func (s *KeySet) load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	rows, err := s.rings.store.Pairs(ctx)
	if err != nil {
		return fmt.Errorf("load key pairs: %w", err)
	}
	pairs := make([]*pair, 0, len(rows))
	for _, row := range slices.Backward(rows) {
		p, err := s.open(ctx, row)
		if err != nil {
			return fmt.Errorf("open key pair %d: %w", row.Number, err)
		}
		pairs = append(pairs, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pairs = pairs
	return nil
}

func (s *KeySet) find(id string) *pair {
	now := time.Now()
	for _, p := range s.all() {
		if p.ID == id && now.Before(p.End) {
			return p
		}
	}
	return nil
}

func (s *KeySet) all() []*pair {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pairs
}
