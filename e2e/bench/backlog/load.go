package backlog

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// A load is what waits, and how each of it is to be answered.
type load struct {
	name         string
	late         bool // the worker starts when all have waited too long
	write        func(u crowd.User, n int, at time.Time) (*nats.Msg, error)
	entity, fact string // of every answer
}

// tooLate is longer than verify lets a login wait.
const tooLate = 61 * time.Second

// loads are of the two kinds that there can be after an outage: what is carried out at any age, by a commit, and what has become too old.
func (c Config) loads() []load {
	late := load{name: "late", write: login, entity: "request", fact: "rejected", late: true}
	if c.Late < tooLate {
		late.entity, late.fact = "challenge", "issued"
	}
	return []load{{name: "unlock", write: unlock, entity: "factor", fact: "unlocked"}, late}
}

func unlock(u crowd.User, n int, at time.Time) (*nats.Msg, error) {
	return u.Message(fmt.Sprintf("unlock-%d", n), at, &guard.UnlockRequested{User: u.ID, By: "staff-1"})
}

func login(u crowd.User, n int, at time.Time) (*nats.Msg, error) {
	return u.Message(fmt.Sprintf("start-%d", n), at, &guard.LoginStarted{User: u.ID, LoginID: fmt.Sprintf("login-%d", n)})
}

func (l load) answers() string { return events.OutSubject(crowd.Platform, l.entity, l.fact, "*") }
