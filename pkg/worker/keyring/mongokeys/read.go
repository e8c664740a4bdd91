package mongokeys

import (
	"context"

	"countersign/pkg/worker/gather"
	"countersign/pkg/worker/keyring"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// A question asks for one key.
type question struct {
	purpose           keyring.Purpose
	platform, userkey string
	ref               keyring.Ref
}

// Key is asked for together with others: a login storm asks for as many as there are lanes.
func (s *Store) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	got, err := s.asked.Ask(ctx, question{p, platform, userkey, ref})
	return got, wrapped("read key", err)
}

func (s *Store) readKeys(ctx context.Context, asked []question) []gather.Result[keyring.WrappedKey] {
	found := map[question]keyring.WrappedKey{}
	for at, users := range byPlace(asked) {
		if err := s.find(ctx, at, users, found); err != nil {
			return gather.Failed[keyring.WrappedKey](len(asked), err)
		}
	}
	results := make([]gather.Result[keyring.WrappedKey], len(asked))
	for i, q := range asked {
		k, ok := found[q]
		if results[i].Value = k; !ok {
			results[i].Err = keyring.ErrNoKeyring
		}
	}
	return results
}

// byPlace leaves of each question what one query has in common, and lists the users.
func byPlace(asked []question) map[question][]string {
	users := map[question][]string{}
	for _, q := range asked {
		at := question{purpose: q.purpose, platform: q.platform}
		users[at] = append(users[at], q.userkey)
	}
	return users
}

// find finds all keys of a list of users of a platform.
func (s *Store) find(ctx context.Context, at question, users []string, found map[question]keyring.WrappedKey) error {
	rows, err := s.keys(at.purpose).Find(ctx, bson.D{
		{Key: "platform", Value: at.platform}, {Key: "userkey", Value: bson.D{{Key: "$in", Value: users}}},
	})
	if err != nil {
		return err
	}
	var documents []keyDoc
	if err := rows.All(ctx, &documents); err != nil {
		return err
	}
	for _, d := range documents {
		k := d.key()
		found[question{at.purpose, k.Platform, k.UserKey, k.Ref}] = k
	}
	return nil
}
