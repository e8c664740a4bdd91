package mongokeys

import (
	"context"
	"errors"

	"countersign/pkg/worker/keyring"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// keyDoc is a wrapped key as it is stored.
type keyDoc struct {
	Platform string `bson:"platform"`
	UserKey  string `bson:"userkey"`
	Keyring  string `bson:"keyring"`
	Number   int    `bson:"number"`
	Epoch    int    `bson:"epoch"`
	Wrapped  []byte `bson:"wrapped"`
}

func keyDocOf(k keyring.WrappedKey) keyDoc {
	return keyDoc{k.Platform, k.UserKey, k.Ref.Keyring, k.Ref.Number, k.Epoch, k.Wrapped}
}

func (d keyDoc) key() keyring.WrappedKey {
	ref := keyring.Ref{Keyring: d.Keyring, Number: d.Number}
	return keyring.WrappedKey{Platform: d.Platform, UserKey: d.UserKey, Ref: ref, Epoch: d.Epoch, Wrapped: d.Wrapped}
}

func of(platform, userkey string) bson.D {
	return bson.D{{Key: "platform", Value: platform}, {Key: "userkey", Value: userkey}}
}

func numbered(platform, userkey string, number int) bson.D {
	return append(of(platform, userkey), bson.E{Key: "number", Value: number})
}

func exactly(platform, userkey string, ref keyring.Ref) bson.D {
	return append(numbered(platform, userkey, ref.Number), bson.E{Key: "keyring", Value: ref.Keyring})
}

func (s *Store) AddKey(ctx context.Context, p keyring.Purpose, k keyring.WrappedKey) (keyring.WrappedKey, error) {
	got, err := add(ctx, s.keys(p), keyDocOf(k), numbered(k.Platform, k.UserKey, k.Ref.Number))
	return got.key(), wrapped("add key", err)
}

func (s *Store) NewestKey(ctx context.Context, p keyring.Purpose, platform, userkey string) (keyring.WrappedKey, error) {
	var got keyDoc
	newest := options.FindOne().SetSort(bson.D{{Key: "number", Value: -1}})
	err := s.keys(p).FindOne(ctx, of(platform, userkey), newest).Decode(&got)
	return got.key(), wrapped("read newest key", absent(err))
}

func (s *Store) RemoveKey(ctx context.Context, p keyring.Purpose, k keyring.WrappedKey) error {
	return wrapped("remove key", again(func() error {
		_, err := s.keys(p).DeleteOne(ctx, exactly(k.Platform, k.UserKey, k.Ref))
		return err
	}))
}

func (s *Store) RemoveUser(ctx context.Context, platform, userkey string) error {
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		err := again(func() error {
			_, err := s.keys(p).DeleteMany(ctx, of(platform, userkey))
			return err
		})
		if err != nil {
			return wrapped("remove keys", err)
		}
	}
	return nil
}

func absent(err error) error {
	if errors.Is(err, mongo.ErrNoDocuments) {
		return keyring.ErrNoKeyring
	}
	return err
}
