package catalog_test

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

// create writes a first golden event: every field is set to a sample of its name. Where that is not valid, the author of the type
// writes the file.
func create(t *testing.T, row events.Type) string {
	t.Helper()
	e := row.New()
	fill(reflect.ValueOf(e).Elem())
	if kept, ok := e.(events.Recorded); ok {
		fill(reflect.ValueOf(kept.RecordPart()).Elem())
	}
	data, record, err := events.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, row.Name()+".json")
	write(t, file, golden{Data: data, Record: record})
	if err := e.Validate(); err != nil {
		t.Errorf("%s is not valid yet, mend it by hand: %v", file, err)
	}
	return file
}

var instant = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

var samples = map[string]string{
	"user": "u-1842", "factor": "totp", "purpose": "login", "channel": "email", "template": "login_code", "locale": "en",
	"ip": "192.0.2.7", "user_agent": "Mozilla/5.0", "code": "492039", "email": "name@example.com", "phone": "+15005550006",
	"by": "staff-7", "reason": "expired", "account_label": "name@example.com", "destination_hint": "n•••@example.com",
	"email_hint": "n•••@example.com", "phone_hint": "•••0006", "algorithm": "SHA1", "provider": "smtp", "step": "link",
	"next_step": "captcha", "steps": "link", "unavailable": "email", "allowed_factors": "totp", "note": "called back",
	"hint": "n•••@example.com", "ciphertext": "AAECAwQFBgcICQoLDA0ODw==",
}

func fill(v reflect.Value) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			set(v.FieldByIndex(f.Index), name)
		}
	}
}

func set(v reflect.Value, name string) {
	sample, ok := samples[name]
	if !ok {
		sample = strings.TrimSuffix(name, "_id") + "-1"
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(instant))
	case v.Type() == reflect.TypeFor[events.Secret]():
		v.Set(reflect.ValueOf(events.NewSecret(sample)))
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte("{}"))
	case v.Kind() == reflect.String:
		v.SetString(sample)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(6)
	case v.CanUint():
		v.SetUint(6)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem(), name)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0), name)
	case v.Kind() == reflect.Struct:
		fill(v)
	}
}
