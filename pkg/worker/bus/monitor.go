package bus

import "strconv"

// Keys that `nats server check stream` and `nats server check consumer` read, so that they need no flags.
const (
	monitorEnabled     = "io.nats.monitor.enabled"
	monitorPeers       = "io.nats.monitor.peer-expect"
	monitorUnprocessed = "io.nats.monitor.unprocessed-critical"
	monitorAckPending  = "io.nats.monitor.outstanding-ack-critical"
	monitorRedelivery  = "io.nats.monitor.redelivery-critical"
)

// monitored returns metadata with the checks, or, where they do not apply, only with monitoring switched on.
func monitored(checks map[string]string, apply bool) map[string]string {
	m := map[string]string{monitorEnabled: "true"}
	if apply {
		for k, v := range checks {
			m[k] = v
		}
	}
	return m
}

// consumerChecks alarm before the consumer stands still: its room for unacknowledged messages is maxAckPending.
func consumerChecks(maxAckPending int) map[string]string {
	return monitored(map[string]string{
		monitorUnprocessed: strconv.Itoa(4 * maxAckPending),
		monitorAckPending:  strconv.Itoa(max(1, maxAckPending*9/10)),
		monitorRedelivery:  strconv.Itoa(max(1, maxAckPending/10)),
	}, true)
}
