package catalog_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

var (
	workers = []string{"verify", "enroll", "notifier", "recovery"}
	roles   = []string{"login", "settings", "support", "approver", "admin"}
)

func TestEveryRequestSaysWhoAnswersItWithWhat(t *testing.T) {
	r := catalog.New()
	for _, row := range r.Types() {
		if row.Direction != events.In {
			continue
		}
		if !slices.Contains(workers, row.Worker) || !slices.Contains(roles, row.Role) || len(row.Answers) == 0 {
			t.Errorf("%s: worker %q, role %q, answers %v", row.Name(), row.Worker, row.Role, row.Answers)
		}
		for _, name := range row.Answers {
			if answer, ok := r.Lookup(name); !ok || answer.Direction != events.Out {
				t.Errorf("%s is answered by %s, which is no event that goes out", row.Name(), name)
			}
		}
	}
}

func TestRowsReadAsSentences(t *testing.T) {
	for _, row := range catalog.New().Types() {
		sentence(t, row.Name(), row.About)
		if name := row.New().EventType(); name != row.Name() {
			t.Errorf("%s makes events of type %s", row.Name(), name)
		}
		if row.Direction != events.In && (row.Role != "" || len(row.Answers) > 0) {
			t.Errorf("%s does not come in, and has a role or answers", row.Name())
		}
	}
	for _, q := range catalog.RPCs() {
		sentence(t, q.Entity+"."+q.Verb, q.About)
		if !slices.Contains(workers, q.Worker) || len(q.Roles)+len(q.Askers) == 0 || q.Answer == nil {
			t.Errorf("%s.%s: worker %q, roles %v, askers %v", q.Entity, q.Verb, q.Worker, q.Roles, q.Askers)
		}
		for _, asker := range q.Askers {
			if !slices.Contains(workers, asker) || asker == q.Worker {
				t.Errorf("%s.%s: asker %q", q.Entity, q.Verb, asker)
			}
		}
		for _, role := range q.Roles {
			if !slices.Contains(roles, role) {
				t.Errorf("%s.%s: role %q", q.Entity, q.Verb, role)
			}
		}
	}
}

func sentence(t *testing.T, name, about string) {
	t.Helper()
	if !strings.HasSuffix(about, ".") || strings.ToUpper(about[:1]) != about[:1] {
		t.Errorf("%s: %q is no sentence", name, about)
	}
}

// The rows of In by credential, as the contract has them: permissions follow from this.
func TestWhoMayPublishWhat(t *testing.T) {
	want := map[string][]string{
		"login": {"login.started", "attempt.submitted", "challenge.resend_requested"},
		"settings": {"enrollment.requested", "enrollment.resend_requested", "enrollment.code_submitted", "factor.removal_requested",
			"recovery_codes.requested", "contacts.reported", "recovery.requested"},
		"support":  {"recovery.support_requested", "recovery.cancellation_requested"},
		"approver": {"recovery.approval_given", "recovery.denial_given"},
		"admin":    {"factor.unlock_requested", "requirement.requested", "factor.reset_requested", "enrollment.import_requested", "user.erasure_requested"},
	}
	got := map[string][]string{}
	for _, row := range catalog.New().Types() {
		if row.Direction == events.In {
			got[row.Role] = append(got[row.Role], row.Entity+"."+row.Fact)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// No event that goes out, rests in a stream or is a timer has a place for a secret.
func TestOnlyWhatComesInMayHoldASecret(t *testing.T) {
	secrets := 0
	for _, row := range catalog.New().Types() {
		e := row.New()
		found := secretIn(reflect.TypeOf(e).Elem())
		if kept, ok := e.(events.Recorded); ok {
			found = append(found, secretIn(reflect.TypeOf(kept.RecordPart()).Elem())...)
		}
		if row.Direction == events.In {
			secrets += len(found)
		} else if len(found) > 0 {
			t.Errorf("%s holds %v", row.Name(), found)
		}
	}
	if secrets == 0 {
		t.Error("no event that comes in has a secret: the search finds nothing")
	}
}

func TestNoStateMayHoldASecret(t *testing.T) {
	for _, state := range []any{enrollment.State{}, guard.State{}, notification.State{}, recovery.State{}} {
		if found := secretIn(reflect.TypeOf(state)); len(found) > 0 {
			t.Errorf("%T holds %v", state, found)
		}
	}
}

func TestAnswersOfQuestionsHideTheirSecrets(t *testing.T) {
	for _, answer := range []any{enrollment.Provisioning{}, enrollment.Revealed{}} {
		if !slices.Contains(secretIn(reflect.TypeOf(answer)), "a secret") {
			t.Errorf("%T holds no events.Secret", answer)
		}
	}
}

var clear = []string{"code", "email", "phone", "account_label", "note", "secret", "seed", "token", "uri"}

// secretIn finds fields of the type Secret, and texts by names that tell.
func secretIn(t reflect.Type) []string {
	for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, t.Kind()) {
		t = t.Elem()
	}
	if t == reflect.TypeFor[events.Secret]() {
		return []string{"a secret"}
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" {
		return nil
	}
	var found []string
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type.Kind() == reflect.String && f.Type.PkgPath() == "" && slices.Contains(clear, name) {
			found = append(found, name)
		}
		if !f.Anonymous {
			found = append(found, secretIn(f.Type)...)
		}
	}
	return found
}
