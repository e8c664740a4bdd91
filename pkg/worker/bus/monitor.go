package bus

import "strconv"

// Keys that `nats server check stream` and `nats server check consumer` read, so that they need no flags.
const (
	monitorEnabled          = "io.nats.monitor.enabled"
	monitorPeers            = "io.nats.monitor.peer-expect"
	monitorPeerLag          = "io.nats.monitor.peer-lag-critical"
	monitorPeerSeen         = "io.nats.monitor.peer-seen-critical"
	monitorSubjectsWarn     = "io.nats.monitor.subjects-warn"
	monitorSubjectsCritical = "io.nats.monitor.subjects-critical"
	monitorUnprocessed      = "io.nats.monitor.unprocessed-critical"
	monitorAckPending       = "io.nats.monitor.outstanding-ack-critical"
	monitorRedelivery       = "io.nats.monitor.redelivery-critical"
)

// streamChecks alarm when a copy is behind or silent, and when there are dead letters: their subjects are counted, since the check takes
// many messages for well. How many messages a stream holds, and how long ago the last one came, says nothing: nobody may log in at night.
func streamChecks(stream string, replicas int) map[string]string {
	checks := map[string]string{monitorEnabled: "true"}
	if replicas > 1 { // the check refuses a stream of one copy that expects peers
		checks[monitorPeers], checks[monitorPeerLag], checks[monitorPeerSeen] = strconv.Itoa(replicas), "1000", "10s"
	}
	if stream == StreamDead {
		checks[monitorSubjectsWarn], checks[monitorSubjectsCritical] = "1", "10"
	}
	return checks
}

// consumerChecks alarm before the consumer stands still: its room for unacknowledged messages is maxAckPending; and before a platform's
// subject of MFA_IN is full at its default.
func consumerChecks(maxAckPending int) map[string]string {
	return map[string]string{
		monitorEnabled:     "true",
		monitorUnprocessed: strconv.Itoa(min(4*maxAckPending, defaultInMessages*8/10)),
		monitorAckPending:  strconv.Itoa(max(1, maxAckPending*9/10)),
		monitorRedelivery:  strconv.Itoa(max(1, maxAckPending/10)),
	}
}
