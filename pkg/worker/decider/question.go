package decider

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// Asked is an origin of causes: a question by RPC whose answer has to be kept before it is given.
const Asked events.Direction = "rpc"

// Question makes a request of a question by RPC. It has no ce-id: id is what makes it the same question, in the caller's words.
func (o *Outbox) Question(platform, user, id string, at time.Time) Request {
	cause := eventstore.Cause{Origin: Asked, Platform: platform, Source: source(o.Worker), ID: id}
	content := []byte(cause.Key())
	return Request{
		Platform: platform, User: user, UserKey: events.UserKey(platform, user), Type: events.Type{Direction: Asked},
		Envelope: events.Envelope{ID: id}, Cause: cause, At: at, content: content, Digest: o.Digester.Digest(content),
	}
}
