package enroll

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/totp"
	"countersign/services/enroll/internal/decide"
	"countersign/services/enroll/internal/provision"
)

// provisioning shows the seed of a pending enrollment; that of an active one costs a step-up, which is kept before the reply.
func (s *shell) provisioning(ctx context.Context, platform string, body []byte) (any, error) {
	var q enrollment.ProvisioningRequest
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, &events.Rejection{Code: events.Malformed, Message: "the request is not the JSON object that is asked for"}
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	p, ok := s.Policies(platform)
	if !ok {
		return nil, &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here"}
	}
	// Every asking is a cause of its own: one seen before would be answered without a look at the login's age.
	r := s.Outbox.Question(platform, q.User, "provisioning/"+rand.Text(), s.Now())
	if err := s.mayProvision(ctx, r, q); err != nil {
		return nil, err
	}
	l, err := eventstore.Load(ctx, s.Store, r.Stream(worker.EnrollmentKind), s.enrollments.Fold)
	if err != nil {
		return nil, err
	}
	found, _ := l.State.Enrollment(q.EnrollmentID)
	return s.provision(ctx, r, found, p)
}

// mayProvision is nil if the enrollment's seed may be shown now.
func (s *shell) mayProvision(ctx context.Context, r decider.Request, q enrollment.ProvisioningRequest) error {
	var no error
	err := s.enrollments.Handle(ctx, r, r.Stream(worker.EnrollmentKind), func(ctx context.Context, l eventstore.Loaded[enrollment.State], now time.Time) (decider.Decision, error) {
		login, err := s.loginOf(ctx, moment{r, l.State, now}, q.LoginID)
		if err != nil {
			return decider.Decision{}, err
		}
		d, err := s.decide(r, l.State, decide.ProvisioningAsked{Request: asked(r), EnrollmentID: q.EnrollmentID, Login: login}, now)
		if d, no = refusal(d); no != nil { // it is told, and not kept: nothing was decided about the user
			return decider.Decision{}, nil
		}
		return d, err
	})
	return errors.Join(err, no)
}

func refusal(d decider.Decision) (decider.Decision, error) {
	if len(d.Events) == 1 {
		if r, ok := d.Events[0].(*events.RequestRejected); ok {
			return decider.Decision{}, r.Rejection()
		}
	}
	return d, nil
}

func (s *shell) provision(ctx context.Context, r decider.Request, e enrollment.Enrollment, p policy.Policy) (any, error) {
	ref := keyring.Ref{Keyring: e.Key.Keyring, Number: e.Key.Number}
	key, err := s.Rings.Key(ctx, keyring.Seed, r.Platform, r.UserKey, ref)
	if err != nil {
		return nil, err
	}
	account := events.NewSecret(r.User)
	if e.Label != "" {
		place := s.place(moment{Request: r}, "label")
		account, err = s.Rings.OpenText(ctx, keyring.Delivery, r.Platform, r.UserKey, ref.Keyring, place, e.Label)
		if err != nil {
			return nil, err
		}
	}
	seed := key.TOTPSeed(e.ID, totp.SeedSize(e.Algorithm))
	return provision.Write(provision.Seed{
		Bytes: []byte(seed.Reveal()), Issuer: p.TOTP.Issuer, Account: account,
		Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period,
	})
}

// reveal comes with a later release; it is answered, so that nobody waits.
func (s *shell) reveal(context.Context, string, []byte) (any, error) {
	return nil, &events.Rejection{Code: events.NotAllowed, Message: "recovery codes are not offered by this release"}
}

// publicKeys are what platforms seal to, the newest first.
func (s *shell) publicKeys(context.Context, string, []byte) (any, error) {
	answer := enrollment.PublicKeys{Keys: []enrollment.PublicKey{}}
	for _, k := range s.Keys.Public() {
		answer.Keys = append(answer.Keys, enrollment.PublicKey{
			KeyID: k.KeyID, PublicKey: base64.StdEncoding.EncodeToString(k.Key), Suite: seal.Suite, NotAfter: k.NotAfter,
		})
	}
	return answer, nil
}
