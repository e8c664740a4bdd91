package once

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// An Attempt is one publishing of an attempt.
type Attempt struct {
	Code string // names the code that is tried: all attempts of one name race for it
	ID   string // ce-id: equal ones are one attempt, published again
}

// A Verdict is what an answer says of the code.
type Verdict string

const (
	Accepted Verdict = "accepted"
	Spent    Verdict = "spent"   // refused, because the code or its challenge was used before
	Refused  Verdict = "refused" // decided otherwise, for ever
)

// An Answer is the first that the sender heard, after it published, of those that decide for ever: a commit holds it, or the code is spent.
type Answer struct {
	Verdict Verdict
	Event   string // all of it that must be the same when it comes again
}

// spending is the register of one code.
type spending struct {
	by      string // ce-id of the attempt that was accepted
	refused string // ce-ids, sorted, each followed by a space, of attempts refused while the code was good
}

func (s spending) String() string {
	if s.by != "" {
		return "spent by " + s.by
	}
	return strings.TrimSpace("good " + s.refused)
}

func (s spending) attempt(id string, v Verdict) (bool, spending) {
	decided := slices.Contains(strings.Fields(s.refused), id)
	switch v {
	case Accepted:
		return s.by == id || s.by == "" && !decided, spending{by: id}
	case Spent:
		return s.by != "" && s.by != id, s
	}
	return s.by != id, s.refuse(id)
}

func (s spending) refuse(id string) spending {
	if s.by != "" {
		return s // nobody else will be accepted: who was refused does not matter any more
	}
	ids := append(strings.Fields(s.refused), id)
	slices.Sort(ids)
	return spending{refused: strings.Join(slices.Compact(ids), " ")}
}

// acceptedOnce is the promise about codes.
var acceptedOnce = porcupine.Model{
	Partition: by(func(a Attempt) string { return a.Code }),
	Init:      func() any { return spending{} },
	Step: func(state, in, out any) (bool, any) {
		return state.(spending).attempt(in.(Attempt).ID, out.(Answer).Verdict)
	},
	DescribeOperation: describe,
	DescribeState:     func(s any) string { return s.(spending).String() },
}

// answeredAlike is the promise about ce-ids.
var answeredAlike = porcupine.Model{
	Partition: by(func(a Attempt) string { return a.ID }),
	Init:      func() any { return "" },
	Step: func(state, _, out any) (bool, any) {
		kept, answer := state.(string), out.(Answer)
		return kept == "" || kept == answer.Event, answer.Event
	},
	DescribeOperation: describe,
}

func describe(in, out any) string {
	return fmt.Sprintf("%s: %s", in.(Attempt).ID, out.(Answer).Verdict)
}

// by parts a history: what happens to one code, or to one ce-id, does not hang on the others.
func by(key func(Attempt) string) func([]porcupine.Operation) [][]porcupine.Operation {
	return func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		place := map[string]int{}
		for _, op := range all {
			k := key(op.Input.(Attempt))
			i, known := place[k]
			if !known {
				i, parts = len(parts), append(parts, nil)
				place[k] = i
			}
			parts[i] = append(parts[i], op)
		}
		return parts
	}
}
