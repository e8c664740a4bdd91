// Package together reads the keys of those who ask at the same time by one query of a store: a login storm asks for as many as there are lanes.
package together

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/worker/gather"
	"countersign/pkg/worker/keyring"
)

// Users are some of one platform. One may stand there twice.
type Users struct {
	Purpose  keyring.Purpose
	Platform string
	Keys     []string // their userkeys
}

// A Find finds all keys of users, of every keyring and number.
type Find func(ctx context.Context, of Users) ([]keyring.WrappedKey, error)

// Keys are those of a store.
type Keys struct {
	find  Find
	asked *gather.Gather[question, keyring.WrappedKey]
}

// New takes what one query may take.
func New(find Find, timeout time.Duration) *Keys {
	k := &Keys{find: find}
	k.asked = gather.New(gather.Config[question, keyring.WrappedKey]{Read: k.read, Timeout: timeout})
	return k
}

// A question asks for one key.
type question struct {
	place
	userkey string
	ref     keyring.Ref
}

// A place is what one query asks in.
type place struct {
	purpose  keyring.Purpose
	platform string
}

// Begin asks for a key, as keyring.Beginner has it.
func (k *Keys) Begin(p keyring.Purpose, platform, userkey string, ref keyring.Ref) keyring.Read {
	asked := k.asked.Begin(question{place{p, platform}, userkey, ref})
	return func(ctx context.Context) (keyring.WrappedKey, error) {
		key, err := asked.Wait(ctx)
		if err != nil {
			err = fmt.Errorf("read key: %w", err)
		}
		return key, err
	}
}

// Wait returns when no query is on its way.
func (k *Keys) Wait() { k.asked.Wait() }

func (k *Keys) read(ctx context.Context, asked []question) []gather.Result[keyring.WrappedKey] {
	found := map[question]keyring.WrappedKey{}
	for at, users := range byPlace(asked) {
		keys, err := k.find(ctx, Users{at.purpose, at.platform, users})
		if err != nil {
			return gather.Failed[keyring.WrappedKey](len(asked), err)
		}
		for _, key := range keys {
			found[question{at, key.UserKey, key.Ref}] = key
		}
	}
	results := make([]gather.Result[keyring.WrappedKey], len(asked))
	for i, q := range asked {
		key, ok := found[q]
		if results[i].Value = key; !ok {
			results[i].Err = keyring.ErrNoKeyring
		}
	}
	return results
}

func byPlace(asked []question) map[place][]string {
	users := map[place][]string{}
	for _, q := range asked {
		users[q.place] = append(users[q.place], q.userkey)
	}
	return users
}
