package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

func consumerDrifts(ctx context.Context, s jetstream.Stream, stream string, consumers []Consumer) ([]Drift, error) {
	var all []Drift
	live := map[string]jetstream.ConsumerConfig{}
	listed := s.ListConsumers(ctx)
	for info := range listed.Info() {
		live[info.Name] = info.Config
	}
	if err := listed.Err(); err != nil {
		return nil, fmt.Errorf("list consumers of %s: %w", stream, err)
	}
	for _, c := range consumers {
		if c.Stream != stream {
			continue
		}
		if have, ok := live[c.Durable]; ok {
			all = append(all, consumerDrift(c, have)...)
		} else {
			all = append(all, Drift{Object: c.object(), Missing: true})
		}
		delete(live, c.Durable)
	}
	for _, name := range slices.Sorted(maps.Keys(live)) {
		all = append(all, Drift{Object: Consumer{Stream: stream, Durable: name}.object(), Strange: true})
	}
	return all, nil
}

func consumerDrift(c Consumer, have jetstream.ConsumerConfig) []Drift {
	want := c.config()
	return compare(c.object(), fmt.Sprintf("delete the consumer (nats consumer rm %s %s) and apply again", c.Stream, c.Durable), []row{
		{"filter_subject", strings.Join(append(have.FilterSubjects, have.FilterSubject), " "), want.FilterSubject, true},
		{"durable_name", have.Durable, want.Durable, true},
		{"ack_policy", have.AckPolicy, want.AckPolicy, true},
		{"deliver_policy", have.DeliverPolicy, want.DeliverPolicy, true},
		{"deliver_subject", have.DeliverSubject, "", true},
		{"headers_only", have.HeadersOnly, want.HeadersOnly, true},
		{"max_deliver", have.MaxDeliver, want.MaxDeliver, false},
		{"ack_wait", have.AckWait, want.AckWait, false},
		{"backoff", len(have.BackOff), 0, false},
		{"max_ack_pending", have.MaxAckPending, want.MaxAckPending, false},
		{"metadata", metadata(have.Metadata), metadata(want.Metadata), false},
	})
}
