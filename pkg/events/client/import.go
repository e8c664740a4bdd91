package client

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// ImportTOTP makes an app active that the user has from another system: for tools of the role admin. seed is the raw bytes, 10 to 64; it is
// sealed whatever Config.Seal says, and stands in e only sealed. Under one id (WithID) the first seed counts: what a second one says is not
// looked at.
func (c *Client) ImportTOTP(ctx context.Context, e *enrollment.ImportRequested, seed events.Secret, options ...Option) (Answer, error) {
	return c.Ask(ctx, e, append(options, func(a *asking) { a.seed = seed })...)
}
