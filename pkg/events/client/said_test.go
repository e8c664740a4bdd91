package client

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

func TestOnlyWhatAWorkerSaidToThisPlatformIsBelieved(t *testing.T) {
	c := Client{conf: Config{Platform: "acme"}}
	said := events.Envelope{Source: "/countersign/verify", Type: guard.AttemptAcceptedType}
	stranger := said
	stranger.Source = "/acme"
	cases := []struct {
		name    string
		subject string
		env     events.Envelope
		want    bool
	}{
		{"a worker's word", "mfa.acme.out.attempt.accepted.k", said, true},
		{"another platform's message that was led here", "mfa.globex.out.attempt.accepted.k", said, false},
		{"another fact's subject", "mfa.acme.out.attempt.rejected.k", said, false},
		{"a request", "mfa.acme.in.attempt.accepted", said, false},
		{"a platform's word", "mfa.acme.out.attempt.accepted.k", stranger, false},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			if got := c.said(k.subject, k.env); got != k.want {
				t.Errorf("believed: %v, want %v", got, k.want)
			}
		})
	}
}
