package bus

import (
	"slices"
	"strconv"

	"countersign/pkg/events"
)

// Repair names the connection that publishes dead letters again, its inboxes and its marks. No worker may have the name.
const Repair = "repair"

// ReplayMark is where a replay of the letter with the sequence is marked while its end is not known: in MFA_DEAD, beside the letters.
func ReplayMark(platform string, sequence uint64) string {
	return events.DeadSubject(platform, Repair, "replayed", strconv.FormatUint(sequence, 10))
}

// ReplayMarks are the marks of all platforms.
func ReplayMarks() string { return events.DeadSubject("*", Repair, "replayed", "*") }

// opening are the facts by which a login ends well: a platform that hears one opens a session. The worker that decided says them, nobody else,
// and a letter of one is of a worker that only counts by it.
var opening = []string{
	events.OutSubject("*", "attempt", "accepted", "*"),
	events.OutSubject("*", "challenge", "waived", "*"),
	events.OutSubject("*", "enrollment", "activated", "*"),
}

// Replayable says whether what the durable delivers may be published again by somebody else than who said it.
func (c Consumer) Replayable() bool { return !slices.Contains(opening, c.Filter) }

// RepairPermissions are what `countersign dead replay` needs and no more: to read and delete letters one by one, to mark them, and to publish
// what a worker hears. heard are the workers' durables. It may make no consumer: one could be pointed at somebody else's subject.
//
// Who has it can ask the workers for anything in everybody's name, an administrator's included. It is nobody's but for the time of a repair.
func RepairPermissions(heard []Consumer) Permissions {
	p := Permissions{
		Publish: []string{
			"$JS.API.STREAM.INFO." + StreamDead, "$JS.API.STREAM.MSG.GET." + StreamDead, "$JS.API.STREAM.MSG.DELETE." + StreamDead, ReplayMarks(),
		},
		Subscribe: []string{InboxPrefix(Repair) + ".>"},
	}
	for _, c := range heard {
		if c.Replayable() {
			p.Publish = append(p.Publish, c.Filter)
		}
	}
	p.sort()
	return p
}
