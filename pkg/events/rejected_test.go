package events_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
)

func TestErrorsBecomeWordsOfTheContract(t *testing.T) {
	own := &events.Rejection{Code: events.RateLimited, RetryAt: time.Unix(60, 0)}
	for _, c := range []struct {
		err  error
		code events.Code
	}{
		{events.Fault("ce-id", "is missing"), events.Malformed},
		{events.Fault("data", "is not JSON"), events.Malformed},
		{events.Fault("login_id", "is missing"), events.Invalid},
		{events.ErrTooLarge, events.TooLarge},
		{events.ErrUnknownType, events.UnknownType},
		{events.ErrUnsupportedVersion, events.UnsupportedVersion},
		{own, events.RateLimited},
	} {
		if r := events.Reject(fmt.Errorf("decode: %w", c.err)); r == nil || r.Code != c.code {
			t.Errorf("%v: %v", c.err, r)
		}
	}
	if r := events.Reject(errors.New("connection refused")); r != nil {
		t.Errorf("an error of ours is the sender's: %v", r)
	}
}

func TestARejectionSaysItself(t *testing.T) {
	r := &events.Rejection{Code: events.Invalid, Field: "login_id", Message: "is missing"}
	if r.Error() != "invalid: login_id: is missing" {
		t.Error(r.Error())
	}
	e := &events.RequestRejected{User: "u", Code: r.Code, Field: r.Field, Message: r.Message}
	if *e.Rejection() != *r || e.Validate() != nil {
		t.Errorf("got %+v, %v", e.Rejection(), e.Validate())
	}
}

func TestRejectionsThatNobodyCanAddressAreValid(t *testing.T) {
	if err := (&events.RequestRejected{Code: events.Malformed}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (&events.RequestRejected{Code: "sorry"}).Validate(); err == nil {
		t.Error("a code that the contract does not have passed")
	}
	for _, code := range events.Codes() {
		if s := code.Status(); s < 400 || s > 499 {
			t.Errorf("%s: %d", code, s)
		}
	}
}
