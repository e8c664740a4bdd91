package queries_test

import (
	"slices"
	"time"
)

const (
	verify = `namespace="mfa",worker="verify"`
	login  = verify + `,type="countersign.login.started.v1"`
	email  = `namespace="mfa",channel="email",provider="smtp"`
)

var stories = []story{
	{name: "four workers, and nobody logs in", series: nil},

	{name: "no process of the notifier is seen", series: slices.Concat(calm[:2], calm[3:]), alert: "CountersignWorkerGone", says: "no process of notifier is seen"},
	{name: "the notifier was away for a minute", spares: "CountersignWorkerGone", series: slices.Concat(calm[:2], calm[3:], []string{calm[2][:len(calm[2])-len("0x2000")] + "0x40 _x4 0x75"})},

	{name: "a pod does not answer", series: []string{`up{job="mfa/countersign",pod="verify-1"} 1x20 0x100`}, alert: "CountersignPodUnseen", says: "verify-1 does not answer"},
	{name: "a pod did not answer once", spares: "CountersignPodUnseen", series: []string{`up{job="mfa/countersign",pod="verify-1"} 1x118 0x2`}},
	{name: "a pod of somebody else does not answer", spares: "CountersignPodUnseen", series: []string{`up{job="mfa/other",pod="other-1"} 0x120`}},

	{name: "a pod is started again and again", series: []string{`process_start_time_seconds{job="mfa/countersign",pod="verify-1"} 1x20 2x20 3x20 4x20 5x40`}, alert: "CountersignPodRestarts", says: "verify-1 was started 4 times"},
	{name: "a pod was started again once", spares: "CountersignPodRestarts", series: []string{`process_start_time_seconds{job="mfa/countersign",pod="verify-1"} 1x60 2x60`}},

	{name: "all lanes of every process are at work", series: []string{`countersign_bus_lanes_busy{` + verify + `,pod="1"} 127x120`, `countersign_bus_lanes_busy{` + verify + `,pod="2"} 128x120`}, alert: "CountersignLanesFull", says: "every process of verify"},
	{name: "all lanes of one process of two are at work", spares: "CountersignLanesFull", series: []string{`countersign_bus_lanes_busy{` + verify + `,pod="1"} 128x120`, `countersign_bus_lanes_busy{` + verify + `,pod="2"} 3x120`}},

	{name: "logins wait", series: times("countersign_bus_wait_seconds", login[len(`namespace="mfa",`):], "10", "0+5x120", "30", "0+10x120", "+Inf", "0+10x120"), alert: "CountersignLoginsWait", says: "countersign.login.started.v1 waits 29"},
	{name: "logins do not wait", spares: "CountersignLoginsWait", series: times("countersign_bus_wait_seconds", login[len(`namespace="mfa",`):], "0.01", "0+10x120", "+Inf", "0+10x120")},
	{name: "other messages wait", series: times("countersign_bus_wait_seconds", `worker="notifier",type="countersign.notification.requested.v1"`, "30", "0+1x120", "60", "0+3x120", "+Inf", "0+10x120"), alert: "CountersignMessagesWait", says: "notifier comes to countersign.notification.requested.v1"},
	{name: "other messages wait for as long as a login may not", spares: "CountersignMessagesWait", series: times("countersign_bus_wait_seconds", `worker="notifier",type="countersign.notification.requested.v1"`, "10", "0+1x120", "30", "0+10x120", "+Inf", "0+10x120")},

	{name: "a message comes again for ever", series: []string{`countersign_bus_oldest_seconds{` + login + `} 0+15x120`}, alert: "CountersignMessageStuck", says: "has been with verify for 30m 0s"},
	{name: "a message came again for a while", spares: "CountersignMessageStuck", series: []string{`countersign_bus_oldest_seconds{` + login + `} 0x100 0+15x12 0x8`}},

	{name: "many messages wait", series: []string{`countersign_bus_lag{` + login + `} 8000x120`}, alert: "CountersignBacklog", says: "8000 messages countersign.login.started.v1 wait for verify"},
	{name: "many messages waited for a minute", spares: "CountersignBacklog", series: []string{`countersign_bus_lag{` + login + `} 0x100 8000x4 0x16`}},

	{name: "every other message is tried again", series: []string{`countersign_bus_messages_total{` + login + `,outcome="done"} 0+10x120`, `countersign_bus_messages_total{` + login + `,outcome="retry"} 0+10x120`}, alert: "CountersignRetries", says: "50% of what verify does with countersign.login.started.v1"},
	{name: "one in a hundred is tried again", spares: "CountersignRetries", series: []string{`countersign_bus_messages_total{` + login + `,outcome="done"} 0+100x120`, `countersign_bus_messages_total{` + login + `,outcome="retry"} 0+1x120`}},

	{name: "one dead letter", series: []string{`countersign_bus_messages_total{` + login + `,outcome="dead"} 0x100 1x20`}, alert: "CountersignDeadLetters", says: "verify could not handle a countersign.login.started.v1"},
	{name: "a dead letter of an hour ago", spares: "CountersignDeadLetters", series: []string{`countersign_bus_messages_total{` + login + `,outcome="dead"} 0x20 1x400`}, after: 90 * time.Minute},
	{name: "dead letters of all types", series: []string{
		`countersign_bus_messages_total{` + verify + `,type="b",outcome="dead"} 0x80 0+1x40`, `countersign_bus_messages_total{` + verify + `,type="c",outcome="dead"} 0x80 0+1x40`,
	}, alert: "CountersignManyDeadLetters", says: "verify has kept 78 dead letters", also: "CountersignDeadLetters"},
	{name: "a few dead letters", spares: "CountersignManyDeadLetters", series: []string{`countersign_bus_messages_total{` + login + `,outcome="dead"} 0x100 3x20`}, alert: "CountersignDeadLetters", says: "verify could not handle a countersign.login.started.v1"},

	{name: "questions are not answered", series: []string{`countersign_rpc_answers_total{` + verify + `,rpc="login.status",outcome="answered"} 0+9x120`, `countersign_rpc_answers_total{` + verify + `,rpc="login.status",outcome="unavailable"} 0+1x120`}, alert: "CountersignQuestionsUnanswered", says: "10% of the questions login.status"},
	{name: "questions are refused", spares: "CountersignQuestionsUnanswered", series: []string{`countersign_rpc_answers_total{` + verify + `,rpc="login.status",outcome="not_found"} 0+9x120`, `countersign_rpc_answers_total{` + verify + `,rpc="login.status",outcome="unavailable"} 0x120`}},

	{name: "pages fail", series: []string{`countersign_page_answers_total{namespace="mfa",worker="recovery",route="GET /recovery/case",status="500"} 0+1x120`, `countersign_page_answers_total{namespace="mfa",worker="recovery",route="GET /recovery/case",status="200"} 0+3x120`}, alert: "CountersignPagesFail", says: "25% of the answers of recovery to GET /recovery/case"},
	{name: "strangers try what is not there", spares: "CountersignPagesFail", series: []string{`countersign_page_answers_total{namespace="mfa",worker="recovery",route="none",status="404"} 0+100x120`}},

	{name: "the bus takes nothing", series: []string{`countersign_outbox_oldest_seconds{` + verify + `,kind="guard"} 0x20 0+15x100`}, alert: "CountersignOutboxStands", says: "has not been told for 24m 45s"},
	{name: "the bus took nothing for half a minute", spares: "CountersignOutboxStands", series: []string{`countersign_outbox_oldest_seconds{` + verify + `,kind="guard"} 0x100 5+15x2 0x18`}},

	{name: "the bus has lost messages", series: []string{`countersign_outbox_swept_total{` + verify + `,what="lost"} 0x100 7x20`}, alert: "CountersignBusLostMessages", says: "verify has published 7"},
	{name: "a worker has died", spares: "CountersignBusLostMessages", series: []string{`countersign_outbox_swept_total{` + verify + `,what="commit"} 0x100 90x20`}},

	{name: "the bus fires no timers", series: []string{`countersign_outbox_swept_total{` + verify + `,what="timer"} 0+1x120`}, alert: "CountersignTimersOverdue", says: "timers of verify within 30 minutes"},
	{name: "a timer was overdue", spares: "CountersignTimersOverdue", series: []string{`countersign_outbox_swept_total{` + verify + `,what="timer"} 0x60 1x60`}},

	{name: "the store is slow", series: times("countersign_stream_commit_seconds", `worker="verify",kind="guard"`, "1", "0+5x120", "5", "0+10x120", "+Inf", "0+10x120"), alert: "CountersignStoreSlow", says: "one commit in a hundred to guard takes 4.9"},
	{name: "the store is quick", spares: "CountersignStoreSlow", series: times("countersign_stream_commit_seconds", `worker="verify",kind="guard"`, "0.01", "0+9x120", "0.5", "0+10x120", "+Inf", "0+10x120")},

	{name: "the bus is slow", series: times("countersign_outbox_publish_seconds", `worker="verify"`, "1", "0+5x120", "5", "0+10x120", "+Inf", "0+10x120"), alert: "CountersignBusSlow", says: "to confirm what verify publishes"},
	{name: "the bus is quick", spares: "CountersignBusSlow", series: times("countersign_outbox_publish_seconds", `worker="verify"`, "0.01", "0+10x120", "+Inf", "0+10x120")},

	{name: "many conflicts", series: append(times("countersign_stream_commit_seconds", `worker="verify",kind="guard"`, "0.01", "0+10x120", "+Inf", "0+10x120"), `countersign_stream_conflicts_total{`+verify+`,kind="guard"} 0+5x120`), alert: "CountersignConflicts", says: "50% of the commits of verify to guard"},
	{name: "few conflicts", spares: "CountersignConflicts", series: append(times("countersign_stream_commit_seconds", `worker="verify",kind="guard"`, "0.01", "0+100x120", "+Inf", "0+100x120"), `countersign_stream_conflicts_total{`+verify+`,kind="guard"} 0+1x120`)},
	{name: "conflicts last", series: times("countersign_stream_lock_wait_seconds", `worker="verify",kind="guard"`, "1", "0+5x120", "5", "0+10x120", "+Inf", "0+10x120"), alert: "CountersignLockWaits", says: "lose a race for guard"},
	{name: "conflicts are settled", spares: "CountersignLockWaits", series: times("countersign_stream_lock_wait_seconds", `worker="verify",kind="guard"`, "0.1", "0+10x120", "+Inf", "0+10x120")},

	{name: "a provider is down", series: []string{`countersign_notifier_provider_open{` + email + `,pod="1"} 0x120`, `countersign_notifier_provider_open{` + email + `,pod="2"} 1x120`}, alert: "CountersignProviderDown", says: "smtp is taken to be down: no email"},
	{name: "a provider was down for a minute", spares: "CountersignProviderDown", series: []string{`countersign_notifier_provider_open{` + email + `,pod="1"} 0x100 1x4 0x16`}},

	{name: "sending fails", series: []string{`countersign_notifier_tries_total{` + email + `,outcome="taken"} 0+10x120`, `countersign_notifier_tries_total{` + email + `,outcome="unknown_outcome"} 0+10x120`}, alert: "CountersignSendsFail", says: "50% of the tries to send email by smtp"},
	{name: "people mistype their addresses", spares: "CountersignSendsFail", series: []string{`countersign_notifier_tries_total{` + email + `,outcome="taken"} 0+10x120`, `countersign_notifier_tries_total{` + email + `,outcome="bad_address"} 0+10x120`}},

	{name: "a country's budget is used up", series: []string{`countersign_notifier_over_budget_total{namespace="mfa",budget="country"} 0x100 3x20`}, alert: "CountersignOverBudget", says: "the budget of a country is used up"},
	{name: "a user's budget is used up", spares: "CountersignOverBudget", series: []string{`countersign_notifier_over_budget_total{namespace="mfa",budget="user"} 0x100 3x20`}},
	{name: "a prefix is paused", series: []string{`countersign_notifier_prefix_pauses_total{namespace="mfa"} 0x100 1x20`}, alert: "CountersignPrefixPaused", says: "prefixes of numbers are paused"},
	{name: "a prefix was paused an hour ago", spares: "CountersignPrefixPaused", series: []string{`countersign_notifier_prefix_pauses_total{namespace="mfa"} 0x20 1x400`}, after: 90 * time.Minute},

	{name: "every tenth mail comes back", series: []string{
		`countersign_notifier_tries_total{` + email + `,outcome="taken"} 0+10x1600`, `countersign_notifier_returned_mails_total{namespace="mfa",outcome="taken"} 0+1x1600`,
	}, after: 6 * time.Hour, alert: "CountersignMailsReturn", says: "10% of the mails of six hours"},
	{name: "two of ten mails came back", spares: "CountersignMailsReturn", series: []string{
		`countersign_notifier_tries_total{` + email + `,outcome="taken"} 0x100 10x1500`, `countersign_notifier_returned_mails_total{namespace="mfa",outcome="taken"} 0x100 2x1500`,
	}, after: 6 * time.Hour},
	{name: "a mail that came back is not noted", series: []string{`countersign_notifier_returned_mails_total{namespace="mfa",outcome="failed"} 0x100 1x20`}, alert: "CountersignReturnedMailsFail", says: "could not be noted"},
	{name: "a stranger writes to the address of returned mails", spares: "CountersignReturnedMailsFail", series: []string{`countersign_notifier_returned_mails_total{namespace="mfa",outcome="refused"} 0x100 40x20`}},
}
