package trace

import otel "go.opentelemetry.io/otel/trace"

// A Step is what is done, and the first word of a span's name.
type Step string

const (
	Receive Step = "receive" // a message, from its arrival in the process to its outcome
	Handle  Step = "handle"  // it, once its lane has come to it
	Load    Step = "load"    // a stream's head
	Decide  Step = "decide"  // what becomes of it, with the evidence that is gathered
	Commit  Step = "commit"  // append the decision
	Publish Step = "publish" // what was decided, until the bus has confirmed it
	Send    Step = "send"    // a notification to its provider
	Find    Step = "find"    // with a provider, what became of a sending
	Ask     Step = "ask"     // another worker
	Answer  Step = "answer"  // a question
	Page    Step = "page"    // a request of a browser or a provider
)

var kinds = map[Step]otel.SpanKind{
	Receive: otel.SpanKindConsumer, Publish: otel.SpanKindProducer, Send: otel.SpanKindClient, Find: otel.SpanKindClient,
	Ask: otel.SpanKindClient, Answer: otel.SpanKindServer, Page: otel.SpanKindServer,
}

func (s Step) kind() otel.SpanKind {
	if k, ok := kinds[s]; ok {
		return k
	}
	return otel.SpanKindInternal
}

func (s Step) name(of string) string {
	if of == "" {
		return string(s)
	}
	return string(s) + " " + of
}

// A Key is what a span may tell. There are no others: each is public, whoever reads it.
type Key string

const (
	Worker      Key = "countersign.worker"
	Platform    Key = "countersign.platform"
	EventType   Key = "countersign.event.type"
	EventID     Key = "countersign.event.id"   // ce-id
	CauseID     Key = "countersign.cause.id"   // ce-causationid
	OutcomeWord Key = "countersign.outcome"    // done, retry, dead, conflict, taken, a type of event, a code or reason of the contract
	Deliveries  Key = "countersign.deliveries" // 1 for the first
	WaitedMS    Key = "countersign.waited_ms"  // from being stored on the bus to the arrival, by two clocks
	Channel     Key = "countersign.channel"    // email, sms
	Provider    Key = "countersign.provider"   // smtp, twilio, gateway
	Try         Key = "countersign.try"        // 1 for the first
	Status      Key = "http.response.status_code"
)
