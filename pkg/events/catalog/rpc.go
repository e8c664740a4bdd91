package catalog

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

// RPCs returns all questions in the order of the documents.
func RPCs() []events.RPC {
	return slices.Concat(verify(), enrollment.RPCs(), recovery.RPCs())
}

func verify() []events.RPC {
	return []events.RPC{
		{
			Entity: guard.LoginStatusEntity, Verb: guard.LoginStatusVerb, Worker: guard.Worker,
			Roles:   []string{"login", "settings"},
			About:   "What became of a login, from the primary record.",
			Request: func() any { return new(guard.LoginStatusRequest) },
			Answer:  func() any { return new(guard.LoginStatus) },
		},
		{
			Entity: guard.UserStatusEntity, Verb: guard.UserStatusVerb, Worker: guard.Worker,
			Roles:   []string{"login", "settings", "support", "admin"},
			About:   "How a user stands: factors, requirement, recovery codes left, an open recovery.",
			Request: func() any { return new(guard.UserStatusRequest) },
			Answer:  func() any { return new(guard.UserStatus) },
		},
		{
			Entity: guard.UserTimelineEntity, Verb: guard.UserTimelineVerb, Worker: guard.Worker,
			Roles:   []string{"support", "admin"},
			About:   "What happened to a user, oldest first.",
			Request: func() any { return new(guard.UserTimelineRequest) },
			Answer:  func() any { return new(guard.UserTimeline) },
		},
		{
			Entity: guard.JudgeEntity, Verb: guard.JudgeVerb, Worker: guard.Worker,
			Askers:  []string{"recovery"},
			About:   "What a recovery code is worth; a right one is spent by the answer.",
			Request: func() any { return new(guard.JudgeRequest) },
			Answer:  func() any { return new(guard.Judgement) },
		},
	}
}
