package naive

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
)

// An event is one document.
type event struct {
	Stream  string
	Version int
	Type    string
	Data    []byte
}

// store keeps events; append is on disk when it returns, and fails where the version is taken.
type store interface {
	load(ctx context.Context, stream string) ([]event, error)
	append(ctx context.Context, e event) error
	close() error
}

type enrolled struct {
	User   string `json:"user"`
	Secret []byte `json:"secret"` // sealed, base32
}

type challenged struct {
	ChallengeID string    `json:"challenge_id"`
	LoginID     string    `json:"login_id"`
	ExpiresAt   time.Time `json:"expires_at"`
}

type submitted struct {
	User        string `json:"user"`
	ChallengeID string `json:"challenge_id"`
	Code        string `json:"code"`
}

type judged struct {
	User        string    `json:"user"`
	ChallengeID string    `json:"challenge_id"`
	LoginID     string    `json:"login_id"`
	Purpose     string    `json:"purpose"`
	Factor      string    `json:"factor"`
	Step        uint64    `json:"step,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	ExpiresAt   time.Time `json:"expires_at"`
}

// user is the fold of a stream.
type user struct {
	version   int
	secret    []byte
	challenge challenged
	lastStep  uint64
	wrong     int
}

type verifier struct {
	events    store
	publisher message.Publisher
}

func (v *verifier) handle(m *message.Message) error {
	var in submitted
	if err := json.Unmarshal(m.Payload, &in); err != nil {
		return nil // a good engineer adds a dead letter queue on the second day
	}
	key := events.UserKey(crowd.Platform, in.User)
	history, err := v.events.load(m.Context(), key)
	if err != nil {
		return err
	}
	u, err := fold(history)
	if err != nil {
		return err
	}
	kind, out, err := judge(u, in, time.Now())
	if err != nil {
		return err
	}
	return v.say(m, key, u.version+1, kind, out)
}

// say writes the event down and then publishes it.
func (v *verifier) say(m *message.Message, key string, version int, kind string, out judged) error {
	data, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if err := v.events.append(m.Context(), event{key, version, kind, data}); err != nil {
		return err
	}
	result := message.NewMessage(watermill.NewUUID(), data)
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": result.UUID, "ce-source": "/naive", "ce-type": "countersign.attempt." + kind + ".v1",
		"ce-time": time.Now().UTC().Format(time.RFC3339Nano), "ce-causationid": m.Metadata.Get("ce-id"),
		"ce-correlationid": out.LoginID, "ce-datacontenttype": "application/json",
	} {
		result.Metadata.Set(name, value)
	}
	return v.publisher.Publish(events.OutSubject(crowd.Platform, "attempt", kind, key), result)
}

func fold(history []event) (u user, err error) {
	for _, e := range history {
		u.version = e.Version
		switch e.Type {
		case "enrolled":
			var data enrolled
			err = errors.Join(err, json.Unmarshal(e.Data, &data))
			u.secret = data.Secret
		case "challenged":
			err = errors.Join(err, json.Unmarshal(e.Data, &u.challenge))
		case "accepted":
			var data judged
			err = errors.Join(err, json.Unmarshal(e.Data, &data))
			u.lastStep, u.challenge, u.wrong = data.Step, challenged{}, 0
		case "rejected":
			u.wrong++
		}
	}
	return u, err
}

const maxWrong = 5

func judge(u user, in submitted, now time.Time) (kind string, out judged, err error) {
	out = judged{User: in.User, ChallengeID: in.ChallengeID, LoginID: u.challenge.LoginID, Purpose: "login", Factor: "totp"}
	if u.challenge.ChallengeID != in.ChallengeID || now.After(u.challenge.ExpiresAt) || u.wrong >= maxWrong {
		out.Reason = "closed"
		return "rejected", out, nil
	}
	secret, err := unseal(u.secret)
	if err != nil {
		return "", out, fmt.Errorf("open secret: %w", err)
	}
	if out.Step, err = matching(in.Code, secret, now); err != nil {
		return "", out, err
	}
	if out.Step <= u.lastStep {
		out.Reason = "wrong_code"
		return "rejected", out, nil
	}
	out.ExpiresAt = now.Add(2 * time.Minute)
	return "accepted", out, nil
}

// matching is the time step that the code is of, one step back and one forward; 0 for none.
func matching(code, secret string, now time.Time) (uint64, error) {
	present := uint64(now.Unix()) / 30
	for _, step := range []uint64{present, present - 1, present + 1} {
		want, err := hotp.GenerateCodeCustom(secret, step, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("compute code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, nil
		}
	}
	return 0, nil
}
