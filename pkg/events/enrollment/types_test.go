package enrollment_test

import (
	"reflect"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

func TestTheTableIsComplete(t *testing.T) {
	types := append(append(enrollment.Types(), notification.Types()...), events.Types()...)
	registry, err := events.NewRegistry(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range enrollment.Types() {
		if typ.About == "" || !strings.HasSuffix(typ.About, ".") || typ.Worker != enrollment.Worker {
			t.Errorf("%s: about %q, worker %q", typ.Name(), typ.About, typ.Worker)
		}
		if in := typ.Direction == events.In; in != (typ.Role != "") || in != (len(typ.Answers) > 0) {
			t.Errorf("%s: role %q, answers %v", typ.Name(), typ.Role, typ.Answers)
		}
		for _, name := range typ.Answers {
			if answer, ok := registry.Lookup(name); !ok || answer.Direction != events.Out {
				t.Errorf("%s is answered by %s, which is no event that goes out", typ.Name(), name)
			}
		}
	}
}

// Only what comes in holds secrets: a field of type events.Secret in anything else would rest in the store and on the bus.
func TestNothingThatRestsHoldsASecret(t *testing.T) {
	for _, typ := range enrollment.Types() {
		if typ.Direction == events.In {
			continue
		}
		if path := secretIn(reflect.TypeOf(typ.New()), typ.Name()); path != "" {
			t.Errorf("%s is a secret", path)
		}
	}
	if path := secretIn(reflect.TypeFor[enrollment.State](), "state"); path != "" {
		t.Errorf("%s is a secret", path)
	}
}

func secretIn(t reflect.Type, path string) string {
	if t == reflect.TypeFor[events.Secret]() {
		return path
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return secretIn(t.Elem(), path)
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			if found := secretIn(f.Type, path+"."+f.Name); found != "" {
				return found
			}
		}
	}
	return ""
}

func TestAnswersOfRPCsHideTheirSecrets(t *testing.T) {
	for _, rpc := range enrollment.RPCs() {
		if rpc.Request == nil || rpc.Answer == nil || rpc.Worker != enrollment.Worker || len(rpc.Roles) == 0 {
			t.Errorf("%s.%s is incomplete: %+v", rpc.Entity, rpc.Verb, rpc)
		}
	}
	for _, answer := range []any{enrollment.Provisioning{}, enrollment.Revealed{}} {
		if secretIn(reflect.TypeOf(answer), "answer") == "" {
			t.Errorf("%T holds no events.Secret", answer)
		}
	}
}
