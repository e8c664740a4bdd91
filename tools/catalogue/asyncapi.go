package main

import (
	"bytes"
	"strings"

	"countersign/pkg/events"

	"github.com/goccy/go-yaml"
)

// m is a mapping in the order in which it is written.
type m = yaml.MapSlice

type kv = yaml.MapItem

const about = `What a platform sends, receives and asks. The document is written from the platform's side: it sends what
comes in, receives what goes out. Messages are CloudEvents 1.0 over NATS in binary mode; structured mode is accepted on the way in.
JetStream's facts stand in x-jetstream, because the NATS binding has no fields for them. Bounds count bytes of UTF-8; a
schema's maxLength counts characters and is therefore a little wider. Enumerations of what goes out may grow.
`

// asyncAPI writes AsyncAPI 3.1.
func (c *contract) asyncAPI() ([]byte, error) {
	doc := m{
		{Key: "asyncapi", Value: "3.1.0"},
		{Key: "id", Value: "urn:countersign:contract:v1"},
		{Key: "info", Value: m{
			{Key: "title", Value: "Countersign: the second factor on a message queue"},
			{Key: "version", Value: "1.0.0"},
			{Key: "description", Value: about},
			{Key: "license", Value: m{{Key: "name", Value: "Apache-2.0"}}},
			{Key: "tags", Value: c.tags()},
		}},
		{Key: "defaultContentType", Value: "application/json"},
		{Key: "servers", Value: m{{Key: "development", Value: m{
			{Key: "host", Value: "127.0.0.1:4222"},
			{Key: "protocol", Value: "nats"},
			{Key: "description", Value: "what make run starts"},
		}}}},
		{Key: "channels", Value: c.channels()},
		{Key: "operations", Value: c.operations()},
		{Key: "components", Value: c.components()},
	}
	var b bytes.Buffer
	b.WriteString("# Written by tools/catalogue from the Go types of pkg/events: change those.\n")
	err := yaml.NewEncoder(&b, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true)).Encode(doc)
	return b.Bytes(), err
}

func (c *contract) tags() []m {
	var list []m
	seen := map[string]bool{}
	for _, t := range c.types {
		if t.Worker != "" && !seen[t.Worker] {
			seen[t.Worker] = true
			list = append(list, m{{Key: "name", Value: t.Worker}})
		}
	}
	return list
}

// public are the events that a platform sends or receives.
func (c *contract) public() []event {
	var list []event
	for _, t := range c.types {
		if t.Direction == events.In || t.Direction == events.Out {
			list = append(list, t)
		}
	}
	return list
}

func (c *contract) channels() m {
	var list m
	for _, t := range c.public() {
		list = append(list, kv{Key: key(t.Entity, t.Fact), Value: channel(t)})
	}
	for _, q := range c.rpcs {
		list = append(list,
			kv{Key: key(q.Entity, q.Verb), Value: rpcChannel(q, "mfa.{platform}.rpc."+q.Entity+"."+q.Verb, "Request")},
			kv{Key: key(q.Entity, q.Verb) + "Reply", Value: rpcChannel(q, nil, "Answer")},
		)
	}
	return list
}

func channel(t event) m {
	parameters := m{ref("platform", "parameters/platform")}
	address := "mfa.{platform}." + string(t.Direction) + "." + t.Entity + "." + t.Fact
	if t.Direction == events.Out {
		address += ".{userkey}"
		parameters = append(parameters, ref("userkey", "parameters/userkey"))
	}
	return m{
		{Key: "address", Value: address},
		{Key: "summary", Value: t.About},
		{Key: "parameters", Value: parameters},
		{Key: "messages", Value: m{ref(key(t.Entity, t.Fact), "messages/"+key(t.Entity, t.Fact))}},
		{Key: "x-jetstream", Value: jetStream(t)},
	}
}

func jetStream(t event) m {
	if t.Direction == events.Out {
		return m{
			{Key: "stream", Value: "MFA_OUT"},
			{Key: "retention", Value: "limits"},
			{Key: "max-age", Value: "168h"},
			{Key: "platform-durable", Value: "{platform}"},
			{Key: "platform-durable-filter", Value: "mfa.{platform}.out.>"},
		}
	}
	return m{
		{Key: "stream", Value: "MFA_IN"},
		{Key: "retention", Value: "workqueue"},
		{Key: "discard", Value: "new, per subject"},
		{Key: "max-message-bytes", Value: events.MaxMessage},
		{Key: "durable", Value: durable(t)},
	}
}

func durable(t event) string { return t.Worker + "-" + t.Entity + "-" + t.Fact }

func rpcChannel(q question, address any, suffix string) m {
	c := m{{Key: "address", Value: address}, {Key: "summary", Value: q.About}}
	if address != nil {
		c = append(c, kv{Key: "parameters", Value: m{ref("platform", "parameters/platform")}})
	}
	name := key(q.Entity, q.Verb) + suffix
	return append(c, kv{Key: "messages", Value: m{ref(name, "messages/"+name)}})
}

// key is how an event is called in the document: login.started becomes loginStarted.
func key(entity, fact string) string {
	var b strings.Builder
	for i, part := range strings.Split(entity+"_"+fact, "_") {
		if i > 0 {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}

func ref(name, component string) kv {
	return kv{Key: name, Value: m{{Key: "$ref", Value: "#/components/" + component}}}
}
