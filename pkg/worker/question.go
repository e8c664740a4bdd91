package worker

import (
	"encoding/json"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

// Question reads the request of an RPC and finds the platform's policy. What cannot be read is a *events.Rejection, what is at fault in it a
// *events.FieldError: bus.Responder tells both.
func Question[Q interface{ Validate() error }](k Kit, platform string, body []byte) (q Q, p policy.Policy, err error) {
	p, ok := k.Policies(platform)
	if !ok {
		return q, p, &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here"}
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return q, p, &events.Rejection{Code: events.Malformed, Message: "the request is not the JSON object that is asked for"}
	}
	return q, p, q.Validate()
}
