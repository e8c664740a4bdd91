package recovery_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

func registry(t testing.TB) *events.Registry {
	t.Helper()
	r, err := events.NewRegistry(append(append(recovery.Types(), notification.Types()...), events.Types()...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsToldIsCheckedFieldByField(t *testing.T) {
	const at = `"2026-01-02T12:00:00Z"`
	for _, c := range []struct {
		name, typ, data string
		field           string // at fault; "" for none
	}{
		{"a request", recovery.RequestedType, `{"user":"u","login_id":"l","reauthenticated_at":` + at + `}`, ""},
		{"a request without a login", recovery.RequestedType, `{"user":"u","reauthenticated_at":` + at + `}`, "login_id"},
		{"a request without a password", recovery.RequestedType, `{"user":"u","login_id":"l"}`, "reauthenticated_at"},
		{"a request of support", recovery.SupportRequestedType, `{"user":"u","by":"s","reason":"lost\nboth","case_ref":"t","unavailable":["email"]}`, ""},
		{"support without a reason", recovery.SupportRequestedType, `{"user":"u","by":"s","case_ref":"t"}`, "reason"},
		{"support for nobody's ticket", recovery.SupportRequestedType, `{"user":"u","by":"s","reason":"x"}`, "case_ref"},
		{"a contact that is none", recovery.SupportRequestedType, `{"user":"u","by":"s","reason":"x","case_ref":"t","unavailable":["fax"]}`, "unavailable"},
		{"an approval by nobody", recovery.ApprovalGivenType, `{"user":"u","recovery_id":"r"}`, "by"},
		{"a denial of nothing", recovery.DenialGivenType, `{"user":"u","by":"s"}`, "recovery_id"},
		{"a note that is too long", recovery.DenialGivenType, `{"user":"u","by":"s","recovery_id":"r","note":"` + strings.Repeat("n", 1025) + `"}`, "note"},
		{"a claim", recovery.ClaimedType, `{"user":"u","recovery_id":"r","claim":1,"sending":1}`, ""},
		{"a claim without its number", recovery.ClaimedType, `{"user":"u","recovery_id":"r","sending":1}`, "claim"},
		{"a claim by no link", recovery.ClaimedType, `{"user":"u","recovery_id":"r","claim":1}`, "sending"},
		{"a text without digits", recovery.TextSentType, `{"user":"u","recovery_id":"r","claim":1,"sending":1,"code_expires_at":` + at + `}`, "digits"},
		{"a text for ever", recovery.TextSentType, `{"user":"u","recovery_id":"r","claim":1,"sending":1,"digits":6}`, "code_expires_at"},
		{"a wrong code of no step", recovery.CodeMissedType, `{"user":"u","recovery_id":"r","claim":1,"step":"captcha"}`, "step"},
		{"an unsolved CAPTCHA of nobody", recovery.CaptchaFailedType, `{"user":"u","recovery_id":"r"}`, "claim"},
		{"a timer without its time", recovery.ExpiryDueType, `{"user":"u","recovery_id":"r"}`, "expires_at"},
		{"a waiting period without its end", recovery.CompletionDueType, `{"user":"u","recovery_id":"r"}`, "completes_at"},
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
