package catalog_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// Who has decided an event folds it as it is; who reads it later folds what was kept of it. Both must come to the same.
func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	for _, row := range catalog.New().Types() {
		full := sample(row)
		if kept := keptOf(t, full); !reflect.DeepEqual(kept, full) {
			t.Errorf("%s was %+v and is read as %+v", row.Name(), full, kept)
		}
		if kept := keptOf(t, row.New()); !reflect.DeepEqual(kept, row.New()) {
			t.Errorf("an empty %s is read as %+v", row.Name(), kept)
		}
	}
}

func TestAFoldOfWhatWasDecidedIsTheFoldOfWhatIsKept(t *testing.T) {
	odd := map[string]func(reflect.Value){
		"as it is":              func(reflect.Value) {},
		"with empty lists":      emptied,
		"with times of a clock": clocked,
	}
	for _, row := range catalog.New().Types() {
		for name, spoil := range odd {
			e := sample(row)
			spoil(reflect.ValueOf(e))
			for kind, fold := range folds {
				if decided, kept := fold(e), fold(keptOf(t, e)); decided != kept {
					t.Errorf("%s %s, folded into %s, is\n%s\nand as it is kept\n%s", row.Name(), name, kind, decided, kept)
				}
			}
		}
	}
}

// sample is an event with every field set, whether it has a name in JSON or not.
func sample(row events.Type) events.Event {
	e := row.New()
	whole(reflect.ValueOf(e).Elem())
	return e
}

func whole(v reflect.Value) {
	fill(v)
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Kind() == reflect.Struct && f.IsZero() && f.CanSet():
			whole(f)
		case f.IsZero() && f.CanSet():
			set(f, v.Type().Field(i).Name)
		}
	}
}

func keptOf(t *testing.T, e events.Event) events.Event {
	t.Helper()
	data, record, err := events.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := catalog.New().DecodeStored(e.EventType(), data, record)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

var folds = map[string]func(events.Event) string{
	"guard": fold(guard.Evolve), "enrollment": fold(enrollment.Evolve), "notification": fold(notification.Evolve), "recovery": fold(recovery.Evolve),
}

func fold[S any](evolve func(S, events.Event, time.Time) (S, error)) func(events.Event) string {
	return func(e events.Event) string {
		var s S
		s, err := evolve(s, e, instant)
		text, _ := json.Marshal(s)
		return fmt.Sprint(string(text), err)
	}
}

func emptied(v reflect.Value) {
	each(v, func(v reflect.Value) {
		if v.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	})
}

func clocked(v reflect.Value) {
	now := time.Now().In(time.FixedZone("", 3600))
	each(v, func(v reflect.Value) {
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(now))
		}
	})
}

// each visits what stands in v, whatever is within.
func each(v reflect.Value, visit func(reflect.Value)) {
	switch {
	case v.CanSet() && (v.Kind() == reflect.Slice || v.Type() == reflect.TypeFor[time.Time]()):
		visit(v)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		each(v.Elem(), visit)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), visit)
		}
	}
}
