package naive

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"countersign/e2e/bench/place"
)

// mongodb has the concerns of our store.
type mongodb struct {
	client *mongo.Client
	events *mongo.Collection
}

type document struct {
	ID      string `bson:"_id"` // unique: stream and version
	Stream  string `bson:"stream"`
	Version int    `bson:"version"`
	Type    string `bson:"type"`
	Data    string `bson:"data"`
}

func documentOf(e event) document {
	return document{fmt.Sprintf("%s/%06d", e.Stream, e.Version), e.Stream, e.Version, e.Type, string(e.Data)}
}

func openMongoDB(ctx context.Context, at place.Spec) (*mongodb, error) {
	journaled := true
	client, err := mongo.Connect(options.Client().ApplyURI(at.At).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journaled}).SetReadConcern(readconcern.Majority()))
	if err != nil {
		return nil, err
	}
	events := client.Database(at.Name).Collection("events")
	_, err = events.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "stream", Value: 1}, {Key: "version", Value: 1}}})
	return &mongodb{client, events}, err
}

func (m *mongodb) load(ctx context.Context, stream string) (history []event, err error) {
	found, err := m.events.Find(ctx, bson.D{{Key: "stream", Value: stream}}, options.Find().SetSort(bson.D{{Key: "version", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var documents []document
	if err := found.All(ctx, &documents); err != nil {
		return nil, err
	}
	for _, d := range documents {
		history = append(history, event{d.Stream, d.Version, d.Type, []byte(d.Data)})
	}
	return history, nil
}

func (m *mongodb) append(ctx context.Context, e event) error {
	_, err := m.events.InsertOne(ctx, documentOf(e))
	return err
}

// bulk is what one call carries.
const bulk = 1000

func (m *mongodb) appendAll(ctx context.Context, all []event) error {
	for begin := 0; begin < len(all); begin += bulk {
		var documents []document
		for _, e := range all[begin:min(len(all), begin+bulk)] {
			documents = append(documents, documentOf(e))
		}
		if _, err := m.events.InsertMany(ctx, documents); err != nil {
			return err
		}
	}
	return nil
}

func (m *mongodb) close() error { return m.client.Disconnect(context.Background()) }
