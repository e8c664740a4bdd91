package dead

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
)

// A view is what may be shown of a body: fields that the contract has and that hold no secret. A field that it does not have may hold anything, and
// its name as well.
type view struct{ faults, fields []string }

func (v *view) fault(err error) { v.faults = append(v.faults, "cannot be handled: "+err.Error()) }

func (v *view) read(row events.Type, known bool, data []byte) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		v.fields = append(v.fields, broken(data, err))
		return
	}
	types := map[string]reflect.Type{}
	if known {
		types = fieldsOf(row.New())
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if value, ok := members[name]; ok {
			v.fields = append(v.fields, name+" = "+shown(name, types[name], value))
			delete(members, name)
		}
	}
	if len(members) > 0 {
		v.fields = append(v.fields, times(uint64(len(members)), "field")+" that the contract does not have: not shown")
	}
}

func broken(data []byte, err error) string {
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return fmt.Sprintf("no JSON: %d bytes, wrong at byte %d", len(data), at.Offset)
	}
	return fmt.Sprintf("no JSON object: %d bytes", len(data))
}

func fieldsOf(e events.Event) map[string]reflect.Type {
	t, found := reflect.TypeOf(e), map[string]reflect.Type{}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() && name != "" && name != "-" {
			found[name] = f.Type
		}
	}
	return found
}

// about are fields of the contract that say more of a person than a fault needs.
var about = []string{"ip", "user_agent", "destination_hint"}

func shown(name string, t reflect.Type, value json.RawMessage) string {
	into := reflect.New(t)
	switch {
	case t == reflect.TypeFor[events.Secret]() || slices.Contains(about, name):
		return events.Redacted
	case strings.HasPrefix(name, "sealed_") && name != "sealed_key_id":
		return fmt.Sprintf("sealed, %d bytes", len(value))
	case json.Unmarshal(value, into.Interface()) != nil:
		return events.Redacted + ": it has the wrong JSON type"
	}
	return plain(into.Elem(), value)
}

func plain(v reflect.Value, value json.RawMessage) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch at, isTime := v.Interface().(time.Time); {
	case isTime:
		return at.Format(time.RFC3339)
	case v.Kind() == reflect.String && events.LooksPersonal(v.String()):
		return events.Redacted + ": it looks like an address or a number"
	case v.Kind() == reflect.String:
		return strconv.QuoteToASCII(v.String())
	case v.Kind() == reflect.Bool, v.CanInt(), v.CanUint():
		return fmt.Sprint(v.Interface())
	}
	return fmt.Sprintf("%d bytes", len(value))
}
