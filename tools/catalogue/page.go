package main

import (
	"bytes"
	"slices"
	"strings"
	"text/template"

	"countersign/pkg/events"

	_ "embed"
)

//go:embed page.md.tmpl
var pageText string

// A chapter is what one worker is told, says and answers.
type chapter struct {
	Worker       string
	In, Out, Own []entry
	RPCs         []entry
}

// An entry is one event or RPC.
type entry struct {
	Name, About, Subject string
	Durable, Roles       string
	Answers              []string
	Schema               string
	Fields, AnswerFields []row
	OneOf                string // fields of which one must stand there
}

// page writes the event catalogue.
func (c *contract) page() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"anchor": anchor}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, c.chapters())
	return b.Bytes(), err
}

// anchor is how a heading is linked to.
func anchor(name string) string { return strings.ReplaceAll(name, ".", "") }

func (c *contract) chapters() []chapter {
	var list []chapter
	for _, t := range c.types {
		ch := find(&list, t.Worker)
		e := eventEntry(t)
		switch t.Direction {
		case events.In:
			ch.In = append(ch.In, e)
		case events.Out:
			ch.Out = append(ch.Out, e)
		default:
			ch.Own = append(ch.Own, e)
		}
	}
	for _, q := range c.rpcs {
		ch := find(&list, q.Worker)
		ch.RPCs = append(ch.RPCs, rpcEntry(q))
	}
	slices.SortStableFunc(list, func(a, b chapter) int { return order(a.Worker) - order(b.Worker) })
	return list
}

func find(list *[]chapter, worker string) *chapter {
	if worker == "" {
		worker = "any worker"
	}
	for i := range *list {
		if (*list)[i].Worker == worker {
			return &(*list)[i]
		}
	}
	*list = append(*list, chapter{Worker: worker})
	return &(*list)[len(*list)-1]
}

func order(worker string) int {
	return slices.Index([]string{"verify", "enroll", "notifier", "recovery", "any worker"}, worker)
}

func eventEntry(t event) entry {
	e := entry{
		Name: t.Entity + "." + t.Fact, About: t.About, Roles: t.Role, Schema: t.shape.name, Fields: rows(t.shape.schema),
		OneOf: oneOf(t.shape.schema),
	}
	switch t.Direction {
	case events.In:
		e.Subject, e.Durable = events.InSubject("<platform>", t.Entity, t.Fact), durable(t)
	case events.Out:
		e.Subject = events.OutSubject("<platform>", t.Entity, t.Fact, "<userkey>")
	case events.Timer:
		e.Subject = events.TimerSubject("<platform>", t.Worker, t.Fact)
	case events.Kept:
		e.Subject = "stands in the stream only"
	}
	for _, name := range t.Answers {
		entity, fact, _, _ := events.ParseName(name)
		e.Answers = append(e.Answers, entity+"."+fact)
	}
	return e
}

func rpcEntry(q question) entry {
	e := entry{
		Name: q.Entity + "." + q.Verb, About: q.About, Roles: strings.Join(q.Roles, ", "),
		Subject: events.RPCSubject("<platform>", q.Entity, q.Verb), Schema: strings.TrimSuffix(q.answer.name, ".answer"),
		AnswerFields: rows(q.answer.schema),
	}
	if q.request != nil {
		e.Fields = rows(q.request.schema)
	}
	return e
}
