package events

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// fieldNames returns the JSON names of an event's data.
func fieldNames(e Event) names {
	var list []string
	for _, f := range fieldsOf(e) {
		list = append(list, jsonName(f))
	}
	return listed(list...)
}

func fieldsOf(e Event) []reflect.StructField {
	t := reflect.TypeOf(e)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return jsonName(f) == "" })
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "-" {
		return ""
	}
	return name
}

// decodeFields decodes data into e. encoding/json does not say which field a time stands in, and its errors may hold the
// value: when it fails, the fields are tried one by one.
func decodeFields(data json.RawMessage, e Event, o object, fresh func() Event) error {
	if json.Unmarshal(data, e) == nil {
		return nil
	}
	for _, f := range fieldsOf(e) {
		name := jsonName(f)
		if json.Unmarshal(o.only(listed(name)), fresh()) != nil {
			return Fault(name, "has the wrong JSON type: want %s", wanted(f.Type))
		}
	}
	return errNotObject
}

func wanted(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return wanted(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return "an RFC 3339 time such as 2026-01-02T15:04:05Z"
	case t == reflect.TypeFor[Secret]() || t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64:
		return "a number"
	}
	return "an object"
}
