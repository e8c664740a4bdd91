package main

import (
	"encoding/json"
	"reflect"

	"countersign/pkg/events"
)

// requestShape checks as a worker does: by the Go type and its Validate.
func requestShape(name string, fresh func() any) *shape {
	s := &shape{name: name, goType: reflect.TypeOf(fresh()).Elem(), strict: true, bases: []object{{}}}
	for _, f := range reflect.VisibleFields(s.goType) {
		s.bases[0][jsonName(f)] = sample(f.Type)
	}
	s.check = func(data []byte) error { return checkRequest(data, fresh()) }
	return s
}

func checkRequest(data []byte, request any) error {
	if err := json.Unmarshal(data, request); err != nil {
		return err
	}
	if v, ok := request.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

func sample(t reflect.Type) json.RawMessage {
	switch t.Kind() {
	case reflect.String:
		return json.RawMessage(`"x"`)
	case reflect.Bool:
		return json.RawMessage(`true`)
	}
	if t == reflect.TypeFor[events.Secret]() {
		return json.RawMessage(`"x"`)
	}
	return json.RawMessage(`1`)
}
