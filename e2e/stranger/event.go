package stranger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Data is what an event says.
type Data = map[string]any

// Message is an event in CloudEvents' binary mode: attributes in headers, the data as body.
func (p *Platform) Message(fact, id string, data Data) *nats.Msg {
	m := nats.NewMsg("mfa." + p.Name + ".in." + fact)
	m.Header["ce-specversion"] = []string{"1.0"}
	m.Header["ce-id"] = []string{id}
	m.Header["ce-source"] = []string{p.Source}
	m.Header["ce-type"] = []string{"countersign." + fact + ".v1"}
	m.Header["ce-time"] = []string{time.Now().UTC().Format(time.RFC3339Nano)}
	m.Header["ce-datacontenttype"] = []string{"application/json"}
	m.Header["Nats-Msg-Id"] = []string{p.Name + "/" + p.Source + "/" + id}
	m.Data = written(data)
	return m
}

// Structured is the same event as one JSON object, as `nats pub` sends it.
func (p *Platform) Structured(fact, id string, data Data) *nats.Msg {
	m := nats.NewMsg("mfa." + p.Name + ".in." + fact)
	m.Data = written(Data{
		"specversion": "1.0", "id": id, "source": p.Source, "type": "countersign." + fact + ".v1", "data": data,
	})
	return m
}

// AskAgain gives m another message id, so that the bus does not take it for a repeat.
func AskAgain(m *nats.Msg) *nats.Msg {
	again := nats.NewMsg(m.Subject)
	again.Data = m.Data
	for name, values := range m.Header {
		again.Header[name] = values
	}
	again.Header["Nats-Msg-Id"] = []string{NewID("again-")}
	return again
}

func written(data Data) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // a test's own data
	}
	return text
}

// An Event is what a worker said.
type Event struct {
	Subject                  string // of the bus
	ID, Source, Type         string
	Cause, Correlation       string
	Sequence, DataType, User string // User: of ce-subject
	Data                     Data
	Body                     string // as it came
}

// Fact is the type's middle: challenge.issued.
func (e Event) Fact() string {
	return strings.TrimSuffix(strings.TrimPrefix(e.Type, "countersign."), ".v1")
}

// Text is the field's text, "" where it has none.
func (e Event) Text(field string) string {
	text, _ := e.Data[field].(string)
	return text
}

// Number is the field's number, -1 where it has none.
func (e Event) Number(field string) int {
	n, ok := e.Data[field].(float64)
	if !ok {
		return -1
	}
	return int(n)
}

// Time is the field's time, zero where it has none.
func (e Event) Time(field string) time.Time {
	at, _ := time.Parse(time.RFC3339, e.Text(field))
	return at
}

func (e Event) String() string {
	return fmt.Sprintf("%s %s (cause %s) %s", e.Fact(), e.ID, e.Cause, e.Body)
}

// read reads an event of a worker. Header names are read without regard to case.
func read(subject string, header nats.Header, body []byte) (Event, error) {
	e := Event{Subject: subject, Body: string(body)}
	for name, values := range header {
		place := map[string]*string{
			"ce-id": &e.ID, "ce-source": &e.Source, "ce-type": &e.Type, "ce-causationid": &e.Cause, "ce-correlationid": &e.Correlation,
			"ce-sequence": &e.Sequence, "ce-datacontenttype": &e.DataType, "ce-subject": &e.User,
		}[strings.ToLower(name)]
		if place == nil {
			continue
		}
		if *place != "" || len(values) != 1 {
			return e, fmt.Errorf("read %s: header %s stands there twice", subject, name)
		}
		*place = decoded(values[0])
	}
	if e.ID == "" || e.Type == "" || !strings.HasPrefix(e.Source, "/countersign/") {
		return e, fmt.Errorf("read %s: no id, type or source of a worker", subject)
	}
	return e, json.Unmarshal(body, &e.Data)
}
