package faults_test

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// close stops what still runs, each of which must end well.
func (s *site) close(ctx context.Context) (err error) {
	for _, name := range workers {
		if p := s.worker(name); p != nil {
			err = errors.Join(err, p.Stop(ctx))
		}
	}
	if s.operator != nil {
		s.operator.Close()
	}
	for _, b := range s.servers {
		if b.Program != nil {
			err = errors.Join(err, b.Kill())
		}
	}
	for _, l := range append(s.mesh.lines(), s.bus, s.store) {
		if l != nil {
			l.close()
		}
	}
	if s.mail != nil {
		err = errors.Join(err, s.mail.close())
	}
	if s.commits != nil {
		err = errors.Join(err, s.commits.Close())
	}
	return errors.Join(err, s.dropDatabases(ctx))
}

func (s *site) dropDatabases(ctx context.Context) error {
	client, err := mongo.Connect(options.Client().ApplyURI(s.mongo))
	if err != nil {
		return fmt.Errorf("drop databases: %w", err)
	}
	for _, name := range []string{s.database, s.database + "_keys"} {
		err = errors.Join(err, client.Database(name).Drop(ctx))
	}
	return errors.Join(err, client.Disconnect(ctx))
}
