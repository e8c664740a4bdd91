package main

import (
	"errors"
	"fmt"
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

// checkNeeds holds the providers against the policies. A file that cannot be read is told by whoever reads it next.
func (s *settings) checkNeeds() error {
	set, err := policy.Load(s.Policy)
	if err != nil {
		return nil
	}
	var faults []error
	for _, p := range set.All() {
		if why := needs(p, events.Email, recovery.Link); why != "" && s.Mail.Host == "" {
			faults = append(faults, fmt.Errorf("COUNTERSIGN_SMTP_HOST is not set: platform %s needs mails, because %s", p.Platform, why))
		}
		if why := needs(p, events.SMS, recovery.Text); why != "" && s.Text.Account == "" && s.Gate.URL == "" {
			faults = append(faults, fmt.Errorf("COUNTERSIGN_TWILIO_ACCOUNT_SID and COUNTERSIGN_SMS_GATEWAY_URL are not set: platform %s needs texts, because %s", p.Platform, why))
		}
	}
	return errors.Join(faults...)
}

// needs says why a policy needs a channel; "" where it does not.
func needs(p policy.Policy, f events.Factor, s recovery.Step) string {
	switch {
	case slices.Contains(p.Factors, f):
		return fmt.Sprintf("its factors have %s", f)
	case p.Recovery.URL != "" && slices.Contains(p.Recovery.Steps, s):
		return fmt.Sprintf("its recovery.steps have %s", s)
	}
	return ""
}
