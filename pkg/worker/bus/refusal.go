package bus

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"countersign/pkg/events"
)

// Unavailable is the Nats-Service-Error of an RPC that failed for no fault of the asker: ask again.
const Unavailable = "unavailable"

// refuse tells a rejection in the contract's words, and of anything else only that it failed.
func (r *Responder) refuse(ctx context.Context, e Endpoint, req micro.Request, err error) (outcome string) {
	var rejected *events.Rejection
	if !errors.As(err, &rejected) {
		rejected = events.Reject(err)
	}
	code, status, body := Unavailable, 503, []byte(nil)
	if rejected != nil {
		code, status, body = string(rejected.Code), rejected.Code.Status(), detail(rejected)
	} else {
		r.conf.Logger.ErrorContext(ctx, "answer", "rpc", e.name(), "error", err)
	}
	header := nats.Header{micro.ErrorHeader: {code}, micro.ErrorCodeHeader: {strconv.Itoa(status)}}
	if err := r.reply(req, header, body); err != nil {
		r.conf.Logger.ErrorContext(ctx, "send refusal", "rpc", e.name(), "error", err)
	}
	return code
}

// detail is the body of an error: code, field, message and retry_at as in request.rejected.
func detail(r *events.Rejection) []byte {
	body, err := json.Marshal(details{r.Code, r.Field, r.Message, r.RetryAt})
	if err != nil {
		return nil
	}
	return body
}

type details struct {
	Code    events.Code `json:"code"`
	Field   string      `json:"field,omitempty"`
	Message string      `json:"message,omitempty"`
	RetryAt time.Time   `json:"retry_at,omitzero"`
}
