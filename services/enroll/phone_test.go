package enroll_test

import (
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// A number that takes no texts is told where it is named, in clear and sealed: afterwards nobody could say why nothing comes.
func TestNumbersThatTakeNoTextsAreRefusedWhereTheyAreNamed(t *testing.T) {
	const landline = "+493012345678"
	f := start(t)
	now := time.Now()
	sealed := &enrollment.Requested{User: "ann-1", Factor: events.SMS, ReauthenticatedAt: now}
	sealed.SealedPhone, sealed.SealedKeyID = f.seal(enrollment.RequestedType, "s1", "phone", landline)
	reported := &enrollment.ContactsReported{User: "ann-1"}
	reported.SealedPhone, reported.SealedKeyID = f.seal(enrollment.ContactsReportedType, "s2", "phone", landline)
	for id, e := range map[string]events.Event{
		"c1": &enrollment.Requested{User: "ann-1", Factor: events.SMS, Phone: events.NewSecret(landline), ReauthenticatedAt: now},
		"c2": &enrollment.ContactsReported{User: "ann-1", Phone: events.NewSecret(landline)},
		"c3": &enrollment.Requested{User: "ann-1", Factor: events.TOTP, Phone: events.NewSecret(landline), ReauthenticatedAt: now},
		"s1": sealed, "s2": reported,
	} {
		for range 2 {
			r := f.refused(e, events.Invalid, workertest.ID(id))
			if r.Field != "phone" || !strings.Contains(r.Message, "mobile number") {
				t.Errorf("%s: refused for %s: %s", id, r.Field, r.Message)
			}
		}
	}
	if s := f.state(); s.Phone != nil || s.Open != nil {
		t.Error("it is kept")
	}
	f.SearchFor(landline, landline[3:])
}

func TestNumbersOfOtherCountriesThanThePolicysAreRefused(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.SMS.Countries = []string{"DE", "AT"} })
	abroad := &enrollment.ContactsReported{User: "ann-1", Phone: events.NewSecret(phone)}
	if r := f.refused(abroad, events.Invalid); r.Field != "phone" || !strings.Contains(r.Message, "sms.countries") {
		t.Errorf("refused for %s: %s", r.Field, r.Message)
	}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(&enrollment.ContactsReported{User: "ann-1", Phone: events.NewSecret("+4915112345678")}))
}
