package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// Ping is a readiness check: nil while the primary answers.
func (s *Store) Ping(ctx context.Context) error {
	return wrap("reach event store", s.client.Ping(ctx, readpref.Primary()))
}
