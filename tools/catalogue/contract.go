package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"

	"github.com/invopop/jsonschema"
)

// A contract is everything that the documents are made of.
type contract struct {
	types []event
	rpcs  []question
}

// An event is a row with its schema.
type event struct {
	events.Type
	shape *shape
}

// A question is an RPC with its schemas; request is nil where nothing is asked.
type question struct {
	events.RPC
	request, answer *shape
}

// A shape is one JSON object of the contract.
type shape struct {
	name   string // of its schema's file
	goType reflect.Type
	bases  []object                // valid ones to start from: golden events
	check  func(data []byte) error // nil where the sender is trusted: answers
	strict bool                    // only what check demands is required: objects that platforms send
	schema *jsonschema.Schema
}

type object = map[string]json.RawMessage

func load() (*contract, error) {
	words, err := readWords(sources)
	if err != nil {
		return nil, err
	}
	reflector, err := newReflector()
	if err != nil {
		return nil, err
	}
	c := &contract{}
	if err := c.loadEvents(catalog.New()); err != nil {
		return nil, err
	}
	c.loadRPCs()
	for _, s := range c.shapes() {
		s.schema = reflector.ReflectFromType(s.goType)
		if err := s.refine(words); err != nil {
			return nil, fmt.Errorf("find the rules of %s: %w", s.name, err)
		}
	}
	return c, nil
}

func (c *contract) loadEvents(r *events.Registry) error {
	for _, t := range r.Types() {
		bases, err := readGoldens(t.Name())
		if err != nil {
			return err
		}
		s := &shape{name: t.Name(), goType: reflect.TypeOf(t.New()).Elem(), bases: bases, strict: t.Direction == events.In}
		s.check = func(data []byte) error { _, err := r.Decode(t.Name(), data); return err }
		c.types = append(c.types, event{t, s})
	}
	return nil
}

func readGoldens(name string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(goldens, name+"*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s has no golden event: cd pkg/events && go test ./catalog -update", name)
	}
	var list []object
	for _, file := range files {
		var golden struct{ Data object }
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &golden)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		list = append(list, golden.Data)
	}
	return list, nil
}

func (c *contract) loadRPCs() {
	for _, rpc := range catalog.RPCs() {
		if !rpc.Public() {
			continue // what workers ask of each other is not offered to platforms
		}
		q := question{RPC: rpc}
		name := "countersign." + rpc.Entity + "." + rpc.Verb
		if rpc.Request != nil {
			q.request = requestShape(name+".request", rpc.Request)
		}
		q.answer = &shape{name: name + ".answer", goType: reflect.TypeOf(rpc.Answer()).Elem()}
		c.rpcs = append(c.rpcs, q)
	}
}

// shapes returns all of them in the order of the documents.
func (c *contract) shapes() []*shape {
	var list []*shape
	for _, e := range c.types {
		list = append(list, e.shape)
	}
	for _, q := range c.rpcs {
		if q.request != nil {
			list = append(list, q.request)
		}
		list = append(list, q.answer)
	}
	return list
}
