package main

import (
	"slices"
	"strings"

	"countersign/pkg/events"
)

func (c *contract) operations() m {
	var list m
	for _, t := range c.public() {
		verb := "send"
		if t.Direction == events.Out {
			verb = "receive"
		}
		list = append(list, kv{Key: verb + upper(key(t.Entity, t.Fact)), Value: operation(verb, t)})
	}
	for _, q := range c.rpcs {
		list = append(list, kv{Key: "ask" + upper(key(q.Entity, q.Verb)), Value: ask(q)})
	}
	return list
}

func operation(verb string, t event) m {
	name := key(t.Entity, t.Fact)
	o := m{
		{Key: "action", Value: verb},
		ref2("channel", "channels/"+name),
		{Key: "summary", Value: t.About},
	}
	if t.Worker != "" {
		o = append(o, kv{Key: "tags", Value: []m{{{Key: "name", Value: t.Worker}}}})
	}
	o = append(o, kv{Key: "messages", Value: []m{{{Key: "$ref", Value: "#/channels/" + name + "/messages/" + name}}}})
	if t.Direction == events.In {
		o = append(o, kv{Key: "x-role", Value: t.Role}, kv{Key: "x-answered-by", Value: slices.Concat(t.Answers, []string{events.RequestRejectedType})})
	}
	return o
}

// ask is a core request: the reply goes to the inbox that the asker names, below _INBOX.<platform>.
func ask(q question) m {
	name := key(q.Entity, q.Verb)
	message := func(channel, suffix string) []m {
		return []m{{{Key: "$ref", Value: "#/channels/" + channel + "/messages/" + name + suffix}}}
	}
	return m{
		{Key: "action", Value: "send"},
		ref2("channel", "channels/"+name),
		{Key: "summary", Value: q.About},
		{Key: "tags", Value: []m{{{Key: "name", Value: q.Worker}}}},
		{Key: "messages", Value: message(name, "Request")},
		{Key: "reply", Value: m{
			ref2("channel", "channels/"+name+"Reply"),
			{Key: "messages", Value: message(name+"Reply", "Answer")},
		}},
		{Key: "x-roles", Value: q.Roles},
		{Key: "x-reply-below", Value: "_INBOX.{platform}"},
	}
}

func (c *contract) components() m {
	var messages m
	for _, t := range c.public() {
		messages = append(messages, kv{Key: key(t.Entity, t.Fact), Value: message(t)})
	}
	for _, q := range c.rpcs {
		name := key(q.Entity, q.Verb)
		request := m{{Key: "name", Value: name + "Request"}, {Key: "summary", Value: q.About}, {Key: "payload", Value: payload(q.request)}}
		answer := m{{Key: "name", Value: name + "Answer"}, {Key: "summary", Value: q.About}, {Key: "payload", Value: payload(q.answer)}}
		messages = append(messages, kv{Key: name + "Request", Value: request}, kv{Key: name + "Answer", Value: answer})
	}
	return m{
		{Key: "messages", Value: messages},
		{Key: "messageTraits", Value: m{{Key: "cloudEvent", Value: m{{Key: "headers", Value: headers()}}}}},
		{Key: "parameters", Value: m{
			{Key: "platform", Value: m{{Key: "description", Value: "a DNS label; the one in the subject is the only one believed"}}},
			{Key: "userkey", Value: m{{Key: "description", Value: "the first 130 bits of SHA-256(platform, NUL, user) in lower-case base32, " +
				"26 characters; - where no user can be read, or none is meant"}}},
		}},
	}
}

func message(t event) m {
	location := "$message.header#/ce-id"
	if t.Direction == events.Out {
		location = "$message.header#/ce-causationid"
	}
	return m{
		{Key: "name", Value: t.Name()},
		{Key: "title", Value: strings.ReplaceAll(t.Entity+" "+t.Fact, "_", " ")},
		{Key: "summary", Value: t.About},
		{Key: "contentType", Value: "application/json"},
		{Key: "correlationId", Value: m{{Key: "location", Value: location}}},
		{Key: "traits", Value: []m{{{Key: "$ref", Value: "#/components/messageTraits/cloudEvent"}}}},
		{Key: "payload", Value: payload(t.shape)},
		{Key: "examples", Value: []m{{{Key: "payload", Value: ordered(t.shape, t.shape.bases[0])}}}},
	}
}

func payload(s *shape) m {
	if s == nil {
		return m{{Key: "type", Value: "object"}}
	}
	return m{{Key: "$ref", Value: "./schemas/" + s.name + ".json"}}
}

func ref2(name, target string) kv {
	return kv{Key: name, Value: m{{Key: "$ref", Value: "#/" + target}}}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
