package dead

// A cause is what a reason means to an operator.
type cause struct{ wrong, mend string }

// causes are all reasons that this release writes.
var causes = map[string]cause{
	"panic": {
		"the worker's handler panicked at each of five deliveries: a fault of the release, which the worker's log shows with its stack",
		"run a release without the fault, then replay",
	},
	"malformed": {
		"no envelope could be read, not even a ce-id, so that nobody could be answered",
		"have the platform send what docs/integrate.md describes; this message stays as it is: discard it",
	},
	"subject": {
		"it lay on a subject that no message has",
		"find out who wrote it there; discard it",
	},
	"too_large": {
		"what the worker decided on it is above 256 KiB, which no stream keeps",
		"run a release that bounds it, then replay",
	},
	"unknown_template": {
		"the notifier has no template for what was to be sent: it is older than the worker that asked, or a file of templates is missing",
		"bring the notifier up to the others' release, or mend its templates (countersign templates preview); then replay what has not expired",
	},
	"unknown_notification": {
		"the stream that the notification was asked for by is not in the store: a store was restored from before it, or the notifier reads another one",
		"point the notifier at the workers' store, or restore it; then replay what has not expired",
	},
}

func (l Letter) cause() cause {
	if c, ok := causes[l.Reason]; ok {
		return c
	}
	return cause{"a newer release gave this reason", "look it up in that release: use its countersign"}
}
