package client

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
)

// keysFresh is how long the workers' public keys are kept: they live for days, and a new one is there long before the old one ends.
const keysFresh = time.Hour

// keys is the newest public key of the workers. It is not locked while they are asked: nobody waits longer than their own context.
type keys struct {
	mu      sync.Mutex
	key     enrollment.PublicKey
	fetched time.Time
}

func (k *keys) fresh() (enrollment.PublicKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key, time.Since(k.fetched) < keysFresh
}

func (k *keys) keep(key enrollment.PublicKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key, k.fetched = key, time.Now()
}

func (k *keys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fetched = time.Time{}
}

// sealAll replaces what the request holds in clear, when the configuration asks for it; a seed, which has no clear field, always. The caller's
// event stays as it was.
func (c *Client) sealAll(ctx context.Context, a *asking) error {
	if e, ok := a.event.(*enrollment.ImportRequested); ok && !a.seed.IsZero() {
		copied := *e
		a.event = &copied
		return c.seal(ctx, a, a.id, &copied.SealedKeyID, field{"seed", &a.seed, &copied.SealedSeed})
	}
	if !c.conf.Seal {
		return nil
	}
	var err error
	switch e := a.event.(type) {
	case *guard.AttemptSubmitted:
		copied := *e
		a.event = &copied
		err = c.seal(ctx, a, copied.ChallengeID, &copied.SealedKeyID, field{"code", &copied.Code, &copied.SealedCode})
	case *enrollment.CodeSubmitted:
		copied := *e
		a.event = &copied
		err = c.seal(ctx, a, copied.EnrollmentID, &copied.SealedKeyID, field{"code", &copied.Code, &copied.SealedCode})
	case *enrollment.Requested:
		copied := *e
		a.event = &copied
		err = c.seal(ctx, a, a.id, &copied.SealedKeyID,
			field{"email", &copied.Email, &copied.SealedEmail}, field{"phone", &copied.Phone, &copied.SealedPhone})
	case *enrollment.ContactsReported:
		copied := *e
		a.event = &copied
		err = c.seal(ctx, a, a.id, &copied.SealedKeyID,
			field{"email", &copied.Email, &copied.SealedEmail}, field{"phone", &copied.Phone, &copied.SealedPhone})
	}
	return err
}

// A field is a text in clear and the place for it sealed.
type field struct {
	name   string
	clear  *events.Secret
	sealed *string
}

func (c *Client) seal(ctx context.Context, a *asking, id string, keyID *string, fields ...field) error {
	for _, f := range fields {
		if f.clear.IsZero() {
			continue
		}
		key, err := c.newestKey(ctx)
		if err != nil {
			return fmt.Errorf("seal %s: %w", f.name, err)
		}
		place := seal.Place{Platform: c.conf.Platform, User: a.event.UserID(), Type: a.event.EventType(), ID: id, Field: f.name}
		if *f.sealed, err = sealFor(key, place, *f.clear); err != nil {
			return fmt.Errorf("seal %s: %w", f.name, err)
		}
		*f.clear, *keyID = events.Secret{}, key.KeyID
	}
	return nil
}

func sealFor(key enrollment.PublicKey, place seal.Place, text events.Secret) (string, error) {
	public, err := base64.StdEncoding.DecodeString(key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("read public key %s: %w", key.KeyID, err)
	}
	return seal.Seal(public, place, text)
}

// newestKey is the key that lives longest.
func (c *Client) newestKey(ctx context.Context) (enrollment.PublicKey, error) {
	if key, ok := c.keys.fresh(); ok {
		return key, nil
	}
	var all enrollment.PublicKeys
	if err := c.rpc(ctx, "keys", "public", enrollment.PublicKeysRequest{}, &all); err != nil {
		return enrollment.PublicKey{}, err
	}
	if len(all.Keys) == 0 {
		return enrollment.PublicKey{}, fmt.Errorf("the workers have no public key yet: %w", ErrNoAnswer)
	}
	newest := slices.MaxFunc(all.Keys, func(a, b enrollment.PublicKey) int { return a.NotAfter.Compare(b.NotAfter) })
	c.keys.keep(newest)
	return newest, nil
}
