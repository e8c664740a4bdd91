package twiliodoc

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

const form = "application/x-www-form-urlencoded"

// unknown names what an operation does not know: the validator passes over it.
func unknown(o *openapi3.Operation, query url.Values, body []byte) error {
	for name := range query {
		if o.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("%s has no parameter %s", o.OperationID, name)
		}
	}
	if o.RequestBody == nil {
		if len(body) > 0 {
			return fmt.Errorf("%s has no body", o.OperationID)
		}
		return nil
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return fmt.Errorf("read form: %w", err)
	}
	known := o.RequestBody.Value.Content.Get(form).Schema.Value.Properties
	for name := range fields {
		if known[name] == nil {
			return fmt.Errorf("%s has no field %s: it has %v", o.OperationID, name, slices.Sorted(maps.Keys(known)))
		}
	}
	return nil
}

// closeAnswers makes the validator refuse names that answers do not have.
func closeAnswers(at *openapi3.PathItem) {
	for _, o := range at.Operations() {
		for _, answer := range o.Responses.Map() {
			for _, media := range answer.Value.Content {
				closeSchema(media.Schema)
			}
		}
	}
}

func closeSchema(s *openapi3.SchemaRef) {
	if s == nil {
		return
	}
	if len(s.Value.Properties) > 0 {
		none := false
		s.Value.AdditionalProperties = openapi3.BoolSchema{Has: &none}
	}
	for _, inner := range s.Value.Properties {
		closeSchema(inner)
	}
	closeSchema(s.Value.Items)
}
