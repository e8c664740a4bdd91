package enrollment_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

func registry(t testing.TB) *events.Registry {
	t.Helper()
	r, err := events.NewRegistry(enrollment.Types(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var sealed = base64.StdEncoding.EncodeToString(make([]byte, 32+16+6))

func TestWhatComesInIsCheckedFieldByField(t *testing.T) {
	const (
		requested = enrollment.RequestedType
		code      = enrollment.CodeSubmittedType
		removal   = enrollment.RemovalRequestedType
		contacts  = enrollment.ContactsReportedType
		must      = enrollment.RequirementRequestedType
		reset     = enrollment.ResetRequestedType
		brought   = enrollment.ImportRequestedType
	)
	now := `"reauthenticated_at":"2026-01-02T12:00:00Z"`
	for _, c := range []struct {
		name, typ, data string
		field           string // at fault; "" for none
	}{
		{"the least that a request needs", requested, `{"user":"u","factor":"totp"}`, ""},
		{"all that it may have", requested, `{"user":"u","factor":"sms","login_id":"L","account_label":"Jane","email":"j@example.org",
			"phone":"+15005551234","locale":"de-CH",` + now + `}`, ""},
		{"a request sealed", requested, `{"user":"u","factor":"sms","sealed_phone":"` + sealed + `","sealed_key_id":"k"}`, ""},
		{"both sealed, one in clear", requested, `{"user":"u","factor":"sms","sealed_phone":"` + sealed + `","sealed_key_id":"k","email":"j@example.org"}`, ""},
		{"nobody", requested, `{"factor":"totp"}`, "user"},
		{"a user who is too long", requested, `{"user":"` + strings.Repeat("u", 257) + `","factor":"totp"}`, "user"},
		{"no factor", requested, `{"user":"u"}`, "factor"},
		{"a factor that cannot be enrolled", requested, `{"user":"u","factor":"recovery_code"}`, "factor"},
		{"an address with a name", requested, `{"user":"u","factor":"email","email":"Jane <j@example.org>"}`, "email"},
		{"two addresses", requested, `{"user":"u","factor":"email","email":"a@example.org,b@example.org"}`, "email"},
		{"a number without its country", requested, `{"user":"u","factor":"sms","phone":"0170 1234567"}`, "phone"},
		{"a number in clear and sealed", requested, `{"user":"u","factor":"sms","phone":"+15005551234","sealed_phone":"` + sealed + `","sealed_key_id":"k"}`, "sealed_phone"},
		{"a sealed number without its key", requested, `{"user":"u","factor":"sms","sealed_phone":"` + sealed + `"}`, "sealed_key_id"},
		{"a sealed number that is none", requested, `{"user":"u","factor":"sms","sealed_phone":"+15005551234","sealed_key_id":"k"}`, "sealed_phone"},
		{"a sealed nothing", requested, `{"user":"u","factor":"sms","sealed_phone":"` + sealed[:64] + `","sealed_key_id":"k"}`, "sealed_phone"},
		{"a label with a line end", requested, `{"user":"u","factor":"totp","account_label":"a\nb"}`, "account_label"},
		{"a label that is too long", requested, `{"user":"u","factor":"totp","account_label":"` + strings.Repeat("a", 257) + `"}`, "account_label"},
		{"a locale that is none", requested, `{"user":"u","factor":"totp","locale":"` + strings.Repeat("a", 36) + `"}`, "locale"},
		{"a time that is none", requested, `{"user":"u","factor":"totp","reauthenticated_at":"today"}`, "reauthenticated_at"},
		{"a number for a name", requested, `{"user":7,"factor":"totp"}`, "user"},

		{"a code", code, `{"user":"u","enrollment_id":"e","code":"123 456"}`, ""},
		{"a sealed code", code, `{"user":"u","enrollment_id":"e","sealed_code":"` + sealed + `","sealed_key_id":"k"}`, ""},
		{"no code", code, `{"user":"u","enrollment_id":"e"}`, "code"},
		{"a code in clear and sealed", code, `{"user":"u","enrollment_id":"e","code":"123456","sealed_code":"` + sealed + `","sealed_key_id":"k"}`, "sealed_code"},
		{"a code that is a book", code, `{"user":"u","enrollment_id":"e","code":"` + strings.Repeat("1", 65) + `"}`, "code"},
		{"a code for nothing", code, `{"user":"u","code":"123456"}`, "enrollment_id"},

		{"a resend for nothing", enrollment.ResendRequestedType, `{"user":"u"}`, "enrollment_id"},

		{"a removal", removal, `{"user":"u","factor":"all","login_id":"L",` + now + `}`, ""},
		{"a removal without a step-up", removal, `{"user":"u","factor":"all",` + now + `}`, "login_id"},
		{"a removal without a password", removal, `{"user":"u","factor":"all","login_id":"L"}`, "reauthenticated_at"},
		{"a removal of what nobody has", removal, `{"user":"u","factor":"recovery_code","login_id":"L",` + now + `}`, "factor"},

		{"a contact", contacts, `{"user":"u","phone":"+15005551234"}`, ""},
		{"both contacts", contacts, `{"user":"u","email":"j@example.org","sealed_phone":"` + sealed + `","sealed_key_id":"k"}`, ""},
		{"no contact", contacts, `{"user":"u"}`, "email"},
		{"a contact that is none beside a good one", contacts, `{"user":"u","email":"j","phone":"+15005551234"}`, "email"},

		{"a demand", must, `{"user":"u","required":false,"by":"s"}`, ""},
		{"a demand that leaves open what", must, `{"user":"u","by":"s"}`, "required"},
		{"a demand by nobody", must, `{"user":"u","required":true}`, "by"},

		{"a reset", reset, `{"user":"u","by":"s","reason":"lost\nphone"}`, ""},
		{"a reset without a reason", reset, `{"user":"u","by":"s"}`, "reason"},
		{"a reset by nobody", reset, `{"user":"u","reason":"lost"}`, "by"},

		{"the least that an import needs", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s"}`, ""},
		{"all that it may have", brought, `{"user":"u","factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","algorithm":"SHA512",
			"digits":8,"period":120,"account_label":"Jane"}`, ""},
		{"an import of nothing", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","by":"s"}`, "sealed_seed"},
		{"a seed in clear is no seed", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","seed":"JBSWY3DPEHPK3PXP","by":"s"}`, "sealed_seed"},
		{"a seed that is not sealed", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","sealed_seed":"JBSWY3DPEHPK3PXP","sealed_key_id":"k","by":"s"}`, "sealed_seed"},
		{"a sealed seed without its key", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","sealed_seed":"` + sealed + `","by":"s"}`, "sealed_key_id"},
		{"an import of a number", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"sms","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s"}`, "factor"},
		{"an import by nobody", brought, `{"user":"u","algorithm":"SHA1","digits":6,"period":30,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k"}`, "by"},
		{"five digits", brought, `{"user":"u","algorithm":"SHA1","period":30,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","digits":5}`, "digits"},
		{"nine digits", brought, `{"user":"u","algorithm":"SHA1","period":30,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","digits":9}`, "digits"},
		{"a period that is too short", brought, `{"user":"u","algorithm":"SHA1","digits":6,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","period":14}`, "period"},
		{"a period that is too long", brought, `{"user":"u","algorithm":"SHA1","digits":6,"factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","period":121}`, "period"},
		{"an algorithm that apps do not have", brought, `{"user":"u","factor":"totp","sealed_seed":"` + sealed + `","sealed_key_id":"k","by":"s","algorithm":"MD5","digits":6,"period":30}`, "algorithm"},

		{"codes without a step-up", enrollment.RecoveryCodesRequestedType, `{"user":"u",` + now + `}`, "login_id"},
		{"an erasure by nobody", enrollment.ErasureRequestedType, `{"user":"u"}`, "by"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := registry(t).Decode(c.typ, []byte(c.data))
			var fault *events.FieldError
			switch {
			case c.field == "" && err != nil:
				t.Fatalf("got %v", err)
			case c.field != "" && (!errors.As(err, &fault) || fault.Field != c.field):
				t.Fatalf("got %v, want a fault of %s", err, c.field)
			}
		})
	}
}

// FuzzErrors: whatever stands in a field that must not be seen, no error shows it.
func FuzzErrors(f *testing.F) {
	f.Add("jane.doe.example.org")
	f.Add("+1500 555 1234")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 9 {
			return // words of the messages are longer
		}
		secret := events.NewSecret(text)
		for _, e := range []events.Event{
			&enrollment.Requested{User: "u", Factor: events.Email, Email: secret},
			&enrollment.Requested{User: "u", Factor: events.SMS, Phone: secret},
			&enrollment.Requested{User: "u", Factor: events.TOTP, AccountLabel: secret},
			&enrollment.CodeSubmitted{User: "u", EnrollmentID: "e", Code: secret},
			&enrollment.ResetRequested{User: "u", By: "s", Reason: secret},
			&enrollment.ImportRequested{User: "u", Factor: events.TOTP, SealedSeed: sealed, SealedKeyID: "k", Algorithm: enrollment.SHA1, Digits: 6, Period: 30, AccountLabel: secret, By: "s"},
		} {
			err := e.Validate()
			if err != nil && strings.Contains(err.Error(), text) && !strings.Contains(fixed, text) {
				t.Fatalf("%s: %v", e.EventType(), err)
			}
		}
	})
}

// fixed is what messages say whatever the value.
const fixed = "email is not one mail address such as name@example.com" +
	"phone is not a number in E.164: write + and 7 to 15 digits, country code first" +
	"account_label holds a control character: leave it out"
