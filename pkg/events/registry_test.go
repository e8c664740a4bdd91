package events_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

// A parcel was sent. Its first version had one field "size" of letters; the second has grams.
type parcelSent struct {
	User   string        `json:"user"`
	Grams  int           `json:"grams"`
	At     time.Time     `json:"at,omitzero"`
	Fast   *bool         `json:"fast,omitempty"`
	Note   events.Secret `json:"note,omitzero"`
	Tags   []string      `json:"tags,omitempty"`
	Record parcelRecord  `json:"-"`
}

type parcelRecord struct {
	Shelf string `json:"shelf"`
}

func (*parcelSent) EventType() string { return "countersign.parcel.sent.v2" }
func (e *parcelSent) UserID() string  { return e.User }
func (e *parcelSent) RecordPart() any { return &e.Record }
func (e *parcelSent) Validate() error {
	if e.Grams <= 0 {
		return events.Fault("grams", "is missing: set it to the weight in grams")
	}
	return events.CheckUser(e.User)
}

var parcel = events.Type{
	Entity: "parcel", Fact: "sent", Version: 2, Direction: events.Out, New: func() events.Event { return new(parcelSent) },
}

// upcastParcel is how a second version is read where the first was written: raw JSON to raw JSON, one step a version.
var upcastParcel = events.Upcaster{
	From: "countersign.parcel.sent.v1", To: "countersign.parcel.sent.v2",
	Data: func(v1 json.RawMessage) (json.RawMessage, error) {
		var old struct {
			User string `json:"user"`
			Size string `json:"size"`
		}
		if err := json.Unmarshal(v1, &old); err != nil {
			return nil, err
		}
		grams := map[string]int{"S": 500, "L": 5000}[old.Size]
		return json.Marshal(map[string]any{"user": old.User, "grams": grams})
	},
	Record: func(v1 json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(strings.Replace(string(v1), "place", "shelf", 1)), nil
	},
}

func parcels(t *testing.T) *events.Registry {
	t.Helper()
	r, err := events.NewRegistry([]events.Type{parcel}, []events.Upcaster{upcastParcel})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnOlderVersionIsReadAsThePresentOne(t *testing.T) {
	r := parcels(t)
	const v1 = "countersign.parcel.sent.v1"
	e, err := r.Decode(v1, []byte(`{"user":"u-1","size":"L"}`))
	if err != nil || e.(*parcelSent).Grams != 5000 {
		t.Errorf("from the bus: %+v, %v", e, err)
	}
	e, err = r.DecodeStored(v1, []byte(`{"user":"u-1","size":"S"}`), []byte(`{"place":"B7"}`))
	if err != nil || e.(*parcelSent).Grams != 500 || e.(*parcelSent).Record.Shelf != "B7" {
		t.Errorf("from a stream: %+v, %v", e, err)
	}
	if row, ok := r.Lookup(v1); !ok || row.Version != 2 {
		t.Errorf("lookup: %+v", row)
	}
}

func TestOnlyWhatNothingMakesAnotherVersionIsTheLatest(t *testing.T) {
	for name, want := range map[string]bool{parcel.Name(): true, upcastParcel.From: false, "countersign.parcel.lost.v1": false} {
		if parcels(t).Latest(name) != want {
			t.Errorf("%s: want %t", name, want)
		}
	}
}

func TestAnOlderVersionOfAnotherShapeIsTheSendersFault(t *testing.T) {
	_, err := parcels(t).Decode("countersign.parcel.sent.v1", []byte(`{"user":"canary-8315","size":7}`))
	checkField(t, "a size that is a number", err, "data")
	if strings.Contains(err.Error(), "8315") {
		t.Errorf("the error holds the value: %v", err)
	}
}

func TestTypesThatAreNotKnown(t *testing.T) {
	for name, want := range map[string]error{
		"countersign.parcel.sent.v3":   events.ErrUnsupportedVersion,
		"countersign.parcel.lost.v1":   events.ErrUnknownType,
		"countersign.letter.sent.v1":   events.ErrUnknownType,
		"com.example.parcel.sent":      events.ErrUnknownType,
		"countersign.parcel.sent.v02":  events.ErrUnknownType,
		"countersign.parcel.sent.v":    events.ErrUnknownType,
		"countersign.parcel.sent.v-1":  events.ErrUnknownType,
		"countersign.Parcel.sent.v2":   events.ErrUnknownType,
		"countersign.parcel.sent.v2\n": events.ErrUnknownType,
		"":                             events.ErrUnknownType,
	} {
		if _, err := parcels(t).Decode(name, []byte(`{}`)); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := parcels(t).DecodeStored(name, []byte(`{}`), nil); !errors.Is(err, want) {
			t.Errorf("stored %q: %v", name, err)
		}
		if _, ok := parcels(t).Lookup(name); ok {
			t.Errorf("%q is found", name)
		}
	}
}

func TestDecodeNamesTheFieldAtFault(t *testing.T) {
	for _, c := range []struct{ name, field, data string }{
		{"a number for a text", "user", `{"user":1,"grams":2}`},
		{"a text for a number", "grams", `{"user":"u","grams":"2"}`},
		{"a fraction for a count", "grams", `{"user":"u","grams":2.5}`},
		{"a time of another form", "at", `{"user":"u","grams":2,"at":"canary-8315"}`},
		{"a number for a time", "at", `{"user":"u","grams":2,"at":8315}`},
		{"a text for true or false", "fast", `{"user":"u","grams":2,"fast":"canary-8315"}`},
		{"an object for a secret", "note", `{"user":"u","grams":2,"note":{"x":"canary-8315"}}`},
		{"a text for a list", "tags", `{"user":"u","grams":2,"tags":"canary-8315"}`},
		{"a field that stands there twice", "user", `{"user":"u","user":"v","grams":2}`},
		{"a missing field", "grams", `{"user":"u"}`},
		{"a name in another case", "user", `{"User":"u","grams":2}`},
		{"a null", "grams", `{"user":"u","grams":null}`},
		{"a list", "data", `[]`},
		{"a text", "data", `"canary-8315"`},
		{"nothing", "data", ``},
		{"an object and more", "data", `{"user":"u","grams":2}x`},
		{"an object cut off", "data", `{"user":"u"`},
	} {
		_, err := parcels(t).Decode(parcel.Name(), []byte(c.data))
		checkField(t, c.name, err, c.field)
		if err != nil && strings.Contains(err.Error(), "8315") {
			t.Errorf("%s: the error holds the value: %v", c.name, err)
		}
	}
}

func TestDecodeIgnoresWhatItDoesNotKnow(t *testing.T) {
	data := `{"x":[1],"x":2,"user":"u","USER":"v","grams":2,"Record":{"shelf":"no"},"fast":null}`
	e, err := parcels(t).Decode(parcel.Name(), []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := *e.(*parcelSent); got.User != "u" || got.Grams != 2 || got.Record.Shelf != "" {
		t.Errorf("got %+v", got)
	}
}

func TestStoredEventsAreReadUnderTheRulesOfTheirTime(t *testing.T) {
	e, err := parcels(t).DecodeStored(parcel.Name(), []byte(`{"user":"u","grams":-1}`), nil)
	if err != nil || e.(*parcelSent).Grams != -1 {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestTheRecordIsKeptApart(t *testing.T) {
	data, record, err := events.Marshal(&parcelSent{User: "u", Grams: 2, Record: parcelRecord{Shelf: "B7"}})
	if err != nil || string(data) != `{"user":"u","grams":2}` || string(record) != `{"shelf":"B7"}` {
		t.Errorf("got %s, %s, %v", data, record, err)
	}
}

func TestTablesThatCannotBe(t *testing.T) {
	other := parcel
	other.Fact = "lost"
	empty := parcel
	empty.New = nil
	odd := parcel
	odd.Entity = "Parcel"
	back := upcastParcel
	back.From, back.To = back.To, back.From
	away := upcastParcel
	away.To = "countersign.parcel.sent.v9"
	for name, c := range map[string]struct {
		types []events.Type
		up    []events.Upcaster
	}{
		"a row that stands there twice":     {[]events.Type{parcel, parcel}, nil},
		"a row whose event says otherwise":  {[]events.Type{other}, nil},
		"a row without New":                 {[]events.Type{empty}, nil},
		"a row with a name of another form": {[]events.Type{odd}, nil},
		"an upcaster that leads nowhere":    {[]events.Type{parcel}, []events.Upcaster{away}},
		"an upcaster to an older version":   {[]events.Type{parcel}, []events.Upcaster{back}},
		"two upcasters from one version":    {[]events.Type{parcel}, []events.Upcaster{upcastParcel, upcastParcel}},
		"an upcaster without a function":    {[]events.Type{parcel}, []events.Upcaster{{From: upcastParcel.From, To: upcastParcel.To}}},
	} {
		if _, err := events.NewRegistry(c.types, c.up); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestByFactAndTypes(t *testing.T) {
	r := parcels(t)
	if row, ok := r.ByFact(events.Out, "parcel", "sent"); !ok || row.Name() != parcel.Name() {
		t.Errorf("got %+v", row)
	}
	if _, ok := r.ByFact(events.In, "parcel", "sent"); ok {
		t.Error("found in the other direction")
	}
	if list := r.Types(); len(list) != 1 || list[0].Name() != parcel.Name() {
		t.Errorf("got %+v", list)
	}
}
