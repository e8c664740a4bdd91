package carry

import (
	"context"
	"fmt"
	"time"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
)

// question is put to the workers for one record. A refusal is a *events.Rejection.
func (r *run) question(ctx context.Context, user string, record importer.Record) (says string, err error) {
	if r.Apply {
		return r.bring(ctx, user, record)
	}
	status, err := r.Ask.UserStatus(ctx, user)
	if err != nil {
		return "", err
	}
	for _, f := range status.Factors {
		if f.Status == string(enrollment.StatusActive) {
			return fmt.Sprintf("has an active factor (%s): stays as it is, or is refused where it is another app", f.Factor), nil
		}
	}
	return fmt.Sprintf("would be imported (%s, %d digits, %s)", record.Algorithm, record.Digits, record.Period), nil
}

func (r *run) bring(ctx context.Context, user string, record importer.Record) (string, error) {
	e := &enrollment.ImportRequested{
		User: user, Factor: events.TOTP, By: r.By,
		Algorithm: record.Algorithm, Digits: record.Digits, Period: int(record.Period / time.Second),
	}
	if r.Users != nil {
		e.AccountLabel = record.User
	}
	answer, err := r.Ask.ImportTOTP(ctx, e, record.Seed, client.WithID(ID(r.Platform, user, r.Run)))
	before := ""
	if at := answer.Envelope.Time; !at.IsZero() && at.Before(r.Start) {
		before = fmt.Sprintf(" before, at %s; another --run asks anew", at.UTC().Format(time.RFC3339))
	}
	return "imported" + before, err
}

// ID is the ce-id of a user's import. Nothing of the seed is in it.
func ID(platform, user, run string) string {
	return "import-" + events.DerivedID("import", platform, user, run)
}

// wait keeps to the rate.
func (r *run) wait(ctx context.Context) error {
	rest := time.NewTimer(r.Every - time.Since(r.asked))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	r.asked = time.Now()
	return ctx.Err()
}
