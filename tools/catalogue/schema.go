package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"countersign/pkg/events"

	"github.com/invopop/jsonschema"
)

// newReflector makes schemas of Go types; descriptions are the comments of the source.
func newReflector() (*jsonschema.Reflector, error) {
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, AllowAdditionalProperties: true, Mapper: special,
	}
	// The reflector names packages after the folders that it walks, from base on.
	return r, r.AddGoComments("countersign/tools", sources, jsonschema.WithFullComment())
}

func special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[events.Secret]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{Type: "object", Description: "a structured CloudEvent"}
	}
	return nil
}

func encode(s *jsonschema.Schema) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String())
	return []byte(plain + "\n"), nil
}
