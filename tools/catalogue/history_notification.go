package main

import (
	"time"

	"countersign/pkg/events/notification"
)

func notificationStream() stream {
	message := fold[notification.State]{notification.Evolve, notificationStatus}
	prefix := fold[notification.State]{notification.Evolve, prefixStatus}
	return stream{
		Kind: "notification/<userkey>/<notification_id>", Owner: "notifier", Fold: "notification", knows: message.knows,
		About: "One mail or text: every call to a provider, and what came of it.",
		machines: []machine{message.machine("A message",
			"`failed_for_now` is one that is tried again, or whose outcome is asked for; `deferred` waits for a provider that can be asked; a `sending` without an outcome is what a crash leaves.", notificationHistories()),
			prefix.machine("A prefix", "The streams `notification/-/prefix-<prefix>` and `notification/-/proven-<prefix>` are of numbers that begin alike, that nobody has proven or that their users have. `paused`: no codes are texted to them, or none to users who do not enter theirs.", prefixHistories())},
	}
}

func notificationStatus(s notification.State, _ time.Time) string {
	switch {
	case s.Status == "":
		return "none"
	case s.Status == notification.StatusFailed && !s.Final:
		return "failed_for_now"
	}
	return string(s.Status)
}

func prefixStatus(s notification.State, now time.Time) string {
	if now.Before(s.PausedUntil) {
		return "paused"
	}
	return "open"
}

func prefixHistories() []history {
	paused := said("notification.prefix_paused")
	return []history{{at(0, paused), comes("`until` has come", 4*time.Hour)}}
}

func notificationHistories() []history {
	const s = time.Second
	wanted := at(0, said("notification.requested"))
	try := func(n int, after time.Duration) commit {
		return at(after, said("notification.sending", change{"try": n}))
	}
	taken := at(2*s, said("notification.sent", change{"reason": nil}))
	failed := func(reason string, final bool) commit {
		return at(2*s, because("notification.failed", reason, change{"final": final}))
	}
	unsaid := failed("unknown_outcome", false).noted("when the answer was lost: the provider is asked")
	later := at(9*s, said("notification.sent", change{"reason": nil})).noted("when the provider says that it has it")
	back := at(9*s, because("notification.failed", "unreachable", change{"final": true})).noted("when the provider reports so later")
	cut := try(2, 31*s).noted("when a crash has cut the try before off")
	return []history{
		{try(1, s), taken, at(9*s, said("notification.delivered", change{"reason": nil}))},
		{try(1, s), failed("provider_down", false), try(2, 4*s), failed("provider_down", true)},
		{try(1, s), failed("bad_address", true)}, {try(1, s), failed("opted_out", true)}, {try(1, s), failed("unreachable", true)},
		{try(1, s), failed("unknown_outcome", true)},
		{try(1, s), unsaid, later}, {try(1, s), unsaid, try(2, 9*s).noted("when the provider says that it has nothing")},
		{try(1, s), taken, back},
		{try(1, s), cut},
		{at(s, said("notification.deferred")), try(1, 4*s)}, {at(s, said("notification.deferred")), at(9*s, because("notification.suppressed", "expired"))},
		{try(1, s), failed("provider_down", false), at(9*s, because("notification.suppressed", "superseded"))},
		{at(s, because("notification.suppressed", "superseded"))}, {at(s, because("notification.suppressed", "expired"))},
		{wanted, try(1, s), at(s, said("request.rejected"))},
	}
}
