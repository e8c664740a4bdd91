package main

import (
	"countersign/pkg/events"

	"github.com/goccy/go-yaml"
)

// headers are the attributes that every event carries.
func headers() m {
	return m{
		{Key: "type", Value: "object"},
		{Key: "required", Value: []string{"ce-specversion", "ce-id", "ce-source", "ce-type"}},
		{Key: "properties", Value: list(
			header("ce-specversion", 0, "1.0").with("const", "1.0"),
			header("ce-id", events.MaxID, "unique within ce-source for ever; the same id again is answered again"),
			header("ce-source", events.MaxSource, "who says it; the workers are /countersign/<worker>"),
			header("ce-type", events.MaxType, "the message's name"),
			header("ce-subject", events.MaxUser, "the user; must agree with the data"),
			header("ce-time", 0, "told, never believed: time is when the bus stored the message").with("format", "date-time"),
			header("ce-causationid", events.MaxID, "ce-id of the event that this one answers"),
			header("ce-correlationid", events.MaxID, "login_id, else recovery_id, else enrollment_id"),
			header("ce-sequence", 20, "version of the stream that the event stands in"),
			header("ce-datacontenttype", 0, "application/json or absent"),
			header("traceparent", 55, "W3C trace context"),
			header("Nats-Msg-Id", 0, "<platform>/<ce-source>/<ce-id>; another one asks for the same answer again"),
		)},
	}
}

type attribute kv

func list(attributes ...attribute) m {
	var all m
	for _, a := range attributes {
		all = append(all, kv(a))
	}
	return all
}

func header(name string, most int, says string) attribute {
	a := attribute{Key: name, Value: m{{Key: "type", Value: "string"}, {Key: "description", Value: says}}}
	if most > 0 {
		return a.with("maxLength", most)
	}
	return a
}

func (a attribute) with(keyword string, value any) attribute {
	a.Value = append(a.Value.(m), yaml.MapItem{Key: keyword, Value: value})
	return a
}
