// Package twiliodoc holds what is said to Twilio's API, and what the stand-in answers, against the OpenAPI document that Twilio publishes. It is for
// tests.
//
// published.json is the part of the document about sending and listing texts, made by published.mjs of a package of Twilio's; the license of both is
// beside it. OpenAPI lets any name pass that a document does not know. Here none does: a name that Twilio does not know has no effect there, and a
// name that the stand-in made up has one only here.
package twiliodoc

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing/iotest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed published.json
var published []byte

// A Document judges requests and answers.
type Document struct {
	routes routers.Router
	filter *openapi3filter.Options
}

// Open reads the document.
func Open() (*Document, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(published)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	doc.Servers = nil // it is not Twilio who listens
	for _, at := range doc.Paths.Map() {
		at.Servers = nil
		closeAnswers(at)
	}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return &Document{routes: routes, filter: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true, SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.WithStringFormatValidators(formats)},
	}}, nil
}

// formats are those of Twilio's that say more than that something is a text. An address of theirs may be a path alone.
var formats = map[string]openapi3.StringFormatValidator{
	"date-time-rfc-2822": openapi3.NewCallbackValidator(func(s string) error { _, err := time.Parse(time.RFC1123Z, s); return err }),
	"phone-number":       openapi3.NewRegexpFormatValidator(`^\+[1-9][0-9]{6,14}$`),
	"uri":                openapi3.NewCallbackValidator(func(s string) error { _, err := url.ParseRequestURI(s); return err }),
	"currency":           openapi3.NewRegexpFormatValidator(`^[A-Z]{3}$`),
}

// Request says what of a request the document does not know or allow. The request's body can be read again afterwards. One that did not come whole
// is no request: it passes.
func (d *Document) Request(r *http.Request) error {
	in, err := d.input(r)
	if err != nil {
		return err
	}
	body, cut := io.ReadAll(r.Body)
	if cut != nil {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), iotest.ErrReader(cut)))
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	err = openapi3filter.ValidateRequest(r.Context(), in)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return errors.Join(err, unknown(in.Route.Operation, r.URL.Query(), body))
}

// Answer likewise judges an answer to a request. Errors are not in the document, and pass.
func (d *Document) Answer(r *http.Request, status int, header http.Header, body []byte) error {
	if status >= http.StatusBadRequest {
		return nil
	}
	in, err := d.input(r)
	if err != nil {
		return err
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: status, Header: header, Options: d.filter}
	out.SetBodyBytes(body)
	return openapi3filter.ValidateResponse(r.Context(), out)
}

func (d *Document) input(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, values, err := d.routes.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("find %s %s: %w", r.Method, r.URL.Path, err)
	}
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: values, Route: route, Options: d.filter}, nil
}
