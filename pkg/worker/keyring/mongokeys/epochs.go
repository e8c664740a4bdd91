package mongokeys

import (
	"context"
	"time"

	"countersign/pkg/worker/keyring"
	"go.mongodb.org/mongo-driver/v2/bson"
)

type epochDoc struct {
	Purpose keyring.Purpose `bson:"purpose"`
	Number  int             `bson:"number"`
	Wrapped []byte          `bson:"wrapped"`
}

func (s *Store) AddEpoch(ctx context.Context, e keyring.WrappedEpoch) (keyring.WrappedEpoch, error) {
	place := bson.D{{Key: "purpose", Value: e.Purpose}, {Key: "number", Value: e.Number}}
	got, err := add(ctx, s.epochs, epochDoc(e), place)
	return keyring.WrappedEpoch(got), wrapped("add epoch key", err)
}

func (s *Store) Epochs(ctx context.Context, p keyring.Purpose) ([]keyring.WrappedEpoch, error) {
	docs, err := all[epochDoc](ctx, s.epochs, bson.D{{Key: "purpose", Value: p}})
	rows := make([]keyring.WrappedEpoch, 0, len(docs))
	for _, d := range docs {
		rows = append(rows, keyring.WrappedEpoch(d))
	}
	return rows, wrapped("read epoch keys", err)
}

type pairDoc struct {
	Number  int       `bson:"number"`
	ID      string    `bson:"id"`
	Epoch   int       `bson:"epoch"`
	Wrapped []byte    `bson:"wrapped"`
	Start   time.Time `bson:"start"`
	End     time.Time `bson:"end"`
}

func (d pairDoc) pair() keyring.WrappedPair {
	d.Start, d.End = d.Start.UTC(), d.End.UTC()
	return keyring.WrappedPair(d)
}

func (s *Store) AddPair(ctx context.Context, p keyring.WrappedPair) (keyring.WrappedPair, error) {
	got, err := add(ctx, s.pairs, pairDoc(p), bson.D{{Key: "number", Value: p.Number}})
	return got.pair(), wrapped("add key pair", err)
}

func (s *Store) Pairs(ctx context.Context) ([]keyring.WrappedPair, error) {
	docs, err := all[pairDoc](ctx, s.pairs, bson.D{})
	rows := make([]keyring.WrappedPair, 0, len(docs))
	for _, d := range docs {
		rows = append(rows, d.pair())
	}
	return rows, wrapped("read key pairs", err)
}

func (s *Store) RemovePairs(ctx context.Context, until time.Time) error {
	return wrapped("remove key pairs", again(func() error {
		_, err := s.pairs.DeleteMany(ctx, bson.D{{Key: "end", Value: bson.D{{Key: "$lte", Value: until}}}})
		return err
	}))
}
