package events

import (
	"encoding/json"
	"errors"
	"fmt"
)

// An Upcaster makes one version of an event's JSON the next one.
type Upcaster struct {
	From, To string // wire names of the same fact, To of a higher version
	Data     func(json.RawMessage) (json.RawMessage, error)
	Record   func(json.RawMessage) (json.RawMessage, error) // nil where the record stays as it is
}

func (r *Registry) addUpcasters(list []Upcaster) error {
	for _, u := range list {
		if _, ok := r.up[u.From]; ok {
			return fmt.Errorf("register upcaster from %s: stands in the table twice", u.From)
		}
		if err := u.check(); err != nil {
			return fmt.Errorf("register upcaster from %s: %w", u.From, err)
		}
		r.up[u.From] = u
	}
	for from := range r.up {
		if _, ok := r.Lookup(from); !ok {
			return fmt.Errorf("register upcaster from %s: it leads to no type of the table", from)
		}
	}
	return nil
}

func (u Upcaster) check() error {
	entity, fact, version, err := ParseName(u.From)
	if err != nil {
		return err
	}
	entityTo, factTo, versionTo, err := ParseName(u.To)
	if err != nil {
		return err
	}
	if entity != entityTo || fact != factTo || versionTo <= version {
		return fmt.Errorf("%s is not a later version of it", u.To)
	}
	if u.Data == nil {
		return errors.New("has no Data")
	}
	return nil
}

// An upcastError says that data is not of the version that it claims. It may hold a value: only streams are told the cause.
type upcastError struct {
	up    Upcaster
	cause error
}

func (e *upcastError) Error() string {
	return fmt.Sprintf("make %s a %s: %v", e.up.From, e.up.To, e.cause)
}
func (e *upcastError) Unwrap() error { return e.cause }

// current returns the row that name becomes, with data and record in its shape.
func (r *Registry) current(name string, data, record []byte) (row, []byte, []byte, error) {
	for {
		u, ok := r.up[name]
		if !ok {
			break
		}
		var err error
		if data, record, err = u.apply(data, record); err != nil {
			return row{}, nil, nil, &upcastError{u, err}
		}
		name = u.To
	}
	t, ok := r.byName[name]
	if !ok {
		return row{}, nil, nil, r.unknown(name)
	}
	return t, data, record, nil
}

func (u Upcaster) apply(data, record []byte) ([]byte, []byte, error) {
	data, err := u.Data(data)
	if err != nil || u.Record == nil || len(record) == 0 {
		return data, record, err
	}
	record, err = u.Record(record)
	return data, record, err
}
