package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/pkg/events"
)

// The tests run in the folder catalogue, the command in tools.
func inTools(t *testing.T) { t.Chdir("..") }

func TestTheSameSourcesGiveTheSameBytes(t *testing.T) {
	inTools(t)
	var runs [2]map[string][]byte
	for i := range runs {
		c, err := load()
		if err != nil {
			t.Fatal(err)
		}
		if runs[i], err = c.files(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range runs[0] {
		if !bytes.Equal(text, runs[1][name]) {
			t.Errorf("%s differs", name)
		}
	}
	if len(runs[0]) != len(runs[1]) || len(runs[0]) < 10 {
		t.Errorf("%d files, then %d", len(runs[0]), len(runs[1]))
	}
}

func TestWordsAreReadFromTheSource(t *testing.T) {
	inTools(t)
	w, err := readWords(sources)
	if err != nil {
		t.Fatal(err)
	}
	factors := w.own(reflect.TypeFor[[]events.Factor]())
	if want := []any{"totp", "email", "sms", "recovery_code"}; !reflect.DeepEqual(factors, want) {
		t.Errorf("got %v", factors)
	}
	if len(w.of(reflect.TypeFor[events.Factor]())) <= len(factors) {
		t.Error("the word that another package adds is missing")
	}
	if got := w.of(reflect.TypeFor[string]()); got != nil {
		t.Errorf("a plain string has words: %v", got)
	}
}

// A parcel has a rule of each kind.
type parcel struct {
	User   string        `json:"user"` // whose
	Weight int           `json:"weight,omitempty"`
	Tag    string        `json:"tag,omitempty"`
	Code   events.Secret `json:"code,omitzero"`
	Sealed string        `json:"sealed_code,omitempty"`
	Key    string        `json:"sealed_key_id,omitempty"`
}

func (p parcel) Validate() error {
	switch {
	case p.Code.IsZero() == (p.Sealed == ""):
		return events.Fault("code", "or sealed_code, one of them")
	case p.Sealed != "" && p.Key == "":
		return events.Fault("sealed_key_id", "is missing")
	case p.Weight < 0 || p.Weight > 70:
		return events.Fault("weight", "is not 0 to 70")
	case len(p.Sealed) > 40 || len(p.Sealed)%4 != 0:
		return events.Fault("sealed_code", "is too long, or no base64")
	}
	return events.First(events.CheckUser(p.User), events.Word("tag", p.Tag))
}

func TestRulesAreFoundByAskingValidate(t *testing.T) {
	inTools(t)
	r, err := newReflector()
	if err != nil {
		t.Fatal(err)
	}
	s := requestShape("parcel", func() any { return new(parcel) })
	s.bases = []object{
		{"user": raw("u"), "weight": raw(1), "tag": raw("t"), "code": raw("1")},
		{"user": raw("u"), "sealed_code": raw("AAAA"), "sealed_key_id": raw("k")},
	}
	s.schema = r.ReflectFromType(s.goType)
	if err := s.refine(words{}); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(s.schema)
	for _, want := range []string{
		`"user":{"type":"string","maxLength":256,"minLength":1,"pattern":`, `"weight":{"type":"integer","maximum":70,"minimum":0}`,
		`"maxLength":64,"pattern":"^[a-z0-9_]*$"`, `"required":["user"]`, `"sealed_code":{"type":"string","maxLength":40,"minLength":4`,
		`"anyOf":[{"required":["code"]},{"required":["sealed_code"]}]`, `"not":{"required":["code","sealed_code"]}`,
		`"dependentRequired":{"sealed_code":["sealed_key_id"]}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
}

func raw(v any) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}

func TestSchemasOfTypesThatAreGoneAreRemoved(t *testing.T) {
	t.Chdir(t.TempDir())
	root := filepath.Join("x", "tools")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	kept, gone := filepath.Join(schemas, "kept.json"), filepath.Join(schemas, "gone.json")
	for _, name := range []string{kept, gone} {
		if err := write(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(map[string][]byte{kept: nil}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("gone.json: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}
