package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Errors of Registry.Decode and DecodeStored; errors.Is finds them.
var (
	ErrUnknownType        = errors.New("unknown type")
	ErrUnsupportedVersion = errors.New("unsupported version")
)

// A Registry knows the types of the contract and how older versions become present ones. It does not change.
type Registry struct {
	types  []Type
	byName map[string]row
	up     map[string]Upcaster // by From
}

type row struct {
	Type
	fields names // JSON names of the data
}

// maxFields is how many fields an event may have.
const maxFields = 64

// NewRegistry checks the rows: names are well formed and unique, every New gives an event that says the row's name, every
// upcaster leads to a row.
func NewRegistry(types []Type, upcasters []Upcaster) (*Registry, error) {
	r := &Registry{
		types:  slices.Clone(types),
		byName: map[string]row{},
		up:     map[string]Upcaster{},
	}
	for _, t := range types {
		if err := r.add(t); err != nil {
			return nil, fmt.Errorf("register type %s: %w", t.Name(), err)
		}
	}
	return r, r.addUpcasters(upcasters)
}

func (r *Registry) add(t Type) error {
	name := t.Name()
	if _, _, _, err := ParseName(name); err != nil {
		return err
	}
	if _, ok := r.byName[name]; ok {
		return errors.New("stands in the table twice")
	}
	if t.New == nil || t.New() == nil {
		return errors.New("has no New")
	}
	if says := t.New().EventType(); says != name {
		return fmt.Errorf("its event says %s", says)
	}
	fields := fieldNames(t.New())
	if len(fields) > maxFields {
		return fmt.Errorf("has more than %d fields", maxFields)
	}
	r.byName[name] = row{t, fields}
	return nil
}

// Types returns the rows in the order of the tables.
func (r *Registry) Types() []Type { return slices.Clone(r.types) }

// Lookup returns the row of a wire name; for an older version the row that it becomes.
func (r *Registry) Lookup(name string) (Type, bool) {
	for {
		u, ok := r.up[name]
		if !ok {
			break
		}
		name = u.To
	}
	t, ok := r.byName[name]
	return t.Type, ok
}

// Latest reports whether events of a wire name are read as what they were written as: the type is known, and no upcaster makes it another one.
func (r *Registry) Latest(name string) bool {
	_, known := r.byName[name]
	_, becomes := r.up[name]
	return known && !becomes
}

// ByFact returns the row of the highest version.
func (r *Registry) ByFact(d Direction, entity, fact string) (Type, bool) {
	var found Type
	for _, t := range r.types {
		if t.Direction == d && t.Entity == entity && t.Fact == fact && t.Version > found.Version {
			found = t
		}
	}
	return found, found.Version > 0
}

// Decode reads the data of an event that came over the bus: an older version is made a present one, unknown fields are
// ignored, a field given twice or of the wrong JSON type is a *FieldError that names it, and so is what Validate finds.
func (r *Registry) Decode(name string, data []byte) (Event, error) {
	t, data, _, err := r.current(name, data, nil)
	var old *upcastError
	if errors.As(err, &old) {
		return nil, Fault("data", "is not what %s holds: see its schema", old.up.From)
	}
	if err != nil {
		return nil, err
	}
	e, err := t.read(data)
	if err == nil {
		err = e.Validate()
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// read decodes what is exact as it stands, and takes apart what is not: that costs twice as much.
func (t row) read(data []byte) (Event, error) {
	e := t.New()
	if exact(data, t.fields) && json.Unmarshal(data, e) == nil {
		return e, nil
	}
	o, err := readObject(data)
	if err != nil {
		return nil, err
	}
	if err := o.repeated("", t.fields); err != nil {
		return nil, err
	}
	e = t.New()
	return e, decodeFields(o.only(t.fields), e, o, t.New)
}

// DecodeStored reads an event of a stream. It was valid when it was written, so that rules made since do not apply.
func (r *Registry) DecodeStored(name string, data, record []byte) (Event, error) {
	t, data, record, err := r.current(name, data, record)
	if err != nil {
		return nil, err
	}
	e := t.New()
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("decode %s: %w", t.Name(), err)
	}
	if kept, ok := e.(Recorded); ok && len(record) > 0 {
		if err := json.Unmarshal(record, kept.RecordPart()); err != nil {
			return nil, fmt.Errorf("decode record of %s: %w", t.Name(), err)
		}
	}
	return e, nil
}

func (r *Registry) unknown(name string) error {
	entity, fact, version, err := ParseName(name)
	if err != nil {
		return fmt.Errorf("%w: want countersign.<entity>.<fact>.v<version>", ErrUnknownType)
	}
	for _, t := range r.types {
		if t.Entity == entity && t.Fact == fact {
			return fmt.Errorf("%w: v%d of %s.%s; v%d is known", ErrUnsupportedVersion, version, entity, fact, t.Version)
		}
	}
	return fmt.Errorf("%w: %s", ErrUnknownType, name)
}
