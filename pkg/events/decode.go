package events

import (
	"fmt"
	"mime"
	"strconv"
	"strings"
	"time"
)

// Decode reads a message in binary mode, in structured mode (content-type application/cloudevents+json), or a bare JSON
// object with specversion and no ce- header. Header names are read without regard to case; a header that is read and
// stands there twice is an error, and so is a missing or odd attribute: a *FieldError named as the header is ("ce-id"),
// in every mode, or "data". A body above MaxMessage is ErrTooLarge. Unknown attributes are ignored.
//
// Beside an error the envelope holds what could be read and is within its bounds, so that a rejection can be addressed.
func Decode(h Header, body []byte) (Envelope, error) {
	e, err := decode(h, body)
	if err != nil {
		e.dropOdd()
	}
	return e, err
}

func decode(h Header, body []byte) (Envelope, error) {
	if len(body) > MaxMessage {
		e, _ := decodeBinary(readLines(h), nil)
		return e, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(body), MaxMessage)
	}
	l := readLines(h)
	content, err := l.single(headerContentType)
	if err != nil {
		return Envelope{}, err
	}
	if structured, err := isStructured(l, content, body); err != nil || structured {
		if err != nil {
			return Envelope{}, err
		}
		return decodeStructured(body)
	}
	return decodeBinary(l, body)
}

func isStructured(l lines, content string, body []byte) (bool, error) {
	media := mediaType(content)
	switch {
	case media == mediaEvent || media == mediaEventJSON:
		return true, nil
	case strings.HasPrefix(media, mediaEvent):
		return false, Fault(headerContentType, "names a format that is not read: send %s", mediaEventJSON)
	case l.areOfAnEvent():
		return false, nil
	}
	o, err := readObject(body)
	return err == nil && o.has("specversion"), nil
}

func decodeBinary(l lines, body []byte) (Envelope, error) {
	r := reader{get: l.attribute}
	e := r.envelope()
	e.TraceParent = r.trace(l.single(headerTrace))
	content, err := l.single(headerContentType)
	r.note(err)
	r.note(checkContent(headerContentType, content))
	e.Data = body
	r.note(e.Check())
	return e, r.err
}

// A reader gathers attributes from wherever they stand and keeps the first error.
type reader struct {
	get func(name string) (string, error) // name without ce-; "" where it is absent
	err error
}

func (r *reader) note(err error) { r.err = First(r.err, err) }

func (r *reader) text(name string) string {
	v, err := r.get(name)
	r.note(err)
	return v
}

func (r *reader) envelope() Envelope {
	r.note(checkSpecVersion(r.text("specversion")))
	e := Envelope{
		ID:            r.text("id"),
		Source:        r.text("source"),
		Type:          r.text("type"),
		Subject:       r.text("subject"),
		Time:          r.time(r.text("time")),
		CausationID:   r.text("causationid"),
		CorrelationID: r.text("correlationid"),
		Sequence:      r.sequence(r.text("sequence")),
		PolicyHash:    r.text("policyhash"),
	}
	r.note(checkContent("ce-datacontenttype", r.text("datacontenttype")))
	return e
}

func (r *reader) time(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		r.note(Fault("ce-time", "is not an RFC 3339 time such as 2026-01-02T15:04:05Z"))
		return time.Time{}
	}
	return t.UTC()
}

func (r *reader) sequence(text string) uint64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		r.note(Fault("ce-sequence", "is not a whole number: leave it out"))
	}
	return n
}

// trace drops what is not well formed: a broken tracer must not shut a door.
func (r *reader) trace(text string, err error) string {
	r.note(err)
	if text == "" {
		text = r.text(headerTrace)
	}
	if !wellFormedTrace(text) {
		return ""
	}
	return text
}

func checkSpecVersion(v string) error {
	switch v {
	case specVersion:
		return nil
	case "":
		return Fault("ce-specversion", "is missing: set it to %s", specVersion)
	}
	return Fault("ce-specversion", "is not one that is read: set it to %s", specVersion)
}

func checkContent(name, content string) error {
	if content == "" || mediaType(content) == mediaJSON {
		return nil
	}
	return Fault(name, "is not one that is read: set it to %s or leave it out", mediaJSON)
}

func mediaType(content string) string {
	if content == "" || content == mediaJSON {
		return content
	}
	media, _, err := mime.ParseMediaType(content)
	if err != nil {
		return content
	}
	return media
}
