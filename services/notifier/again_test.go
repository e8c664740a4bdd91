package notifier_test

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// js speaks to the bus with every right.
func (f *fixture) js() jetstream.JetStream {
	f.t.Helper()
	js, err := jetstream.New(f.Bus.Connect(f.t, "_witness").Conn)
	if err != nil {
		f.t.Fatal(err)
	}
	return js
}

// publishAgain puts events on the bus once more, as a worker does that did not hear the bus's confirmation.
func (f *fixture) publishAgain(list ...workertest.Event) {
	f.t.Helper()
	js := f.js()
	for _, e := range list {
		header, body, err := events.Encode(e.Envelope)
		if err != nil {
			f.t.Fatal(err)
		}
		entity, fact, _, _ := events.ParseName(e.Envelope.Type)
		subject := events.OutSubject(e.Platform, entity, fact, e.UserKey)
		if _, err := js.PublishMsg(f.t.Context(), &nats.Msg{Subject: subject, Header: nats.Header(header), Data: body}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// deliverAllAnew is what the loss of every acknowledgement since the first day comes to.
func (f *fixture) deliverAllAnew() {
	f.t.Helper()
	f.Drain("notifier")
	js, registry := f.js(), catalog.New()
	all, err := bus.Consumers(registry, notification.Worker, []string{notification.RequestedType}, bus.Scale{})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := js.DeleteConsumer(f.t.Context(), all[0].Stream, all[0].Durable); err != nil {
		f.t.Fatal(err)
	}
	if _, err := bus.Ensure(f.t.Context(), js, bus.StreamOptions{Registry: registry}, all); err != nil {
		f.t.Fatal(err)
	}
	f.Wake("notifier")
	f.Quiet()
}

func (f *fixture) mailsTaken() []sink.Message {
	return slices.DeleteFunc(f.inbox.List(), func(m sink.Message) bool { return m.Channel != sink.Email })
}

func (f *fixture) requestsHeard() []workertest.Event {
	return f.Heard(workertest.Of(notification.RequestedType))
}
