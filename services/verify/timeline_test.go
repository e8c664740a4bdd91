package verify_test

import (
	"slices"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
)

func (f *fixture) timeline(q guard.UserTimelineRequest) (list []events.Envelope, next string) {
	f.t.Helper()
	var answer guard.UserTimeline
	if err := f.RPC("user", "timeline", q, &answer); err != nil {
		f.t.Fatal(err)
	}
	for _, text := range answer.Events {
		e, err := events.Decode(nil, text)
		if err != nil {
			f.t.Fatal(err)
		}
		list = append(list, e)
	}
	return list, answer.Next
}

// The history is what was heard: the same events under the same ids, and of the factors' streams those as well that no bus has any more.
func TestATimelineIsWhatWasHeard(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	sms := ann.Enrolled(events.SMS)
	c := f.challenge("ann-1", "l1")
	f.rejected(attempt("ann-1", c.ChallengeID, workertest.Wrong(ann.Sent(c.ChallengeID, 1))), guard.WrongCode)
	f.judge("q1", "aaaa-bbbb-cccc-dddd") // kept, not told
	f.accepted(attempt("ann-1", c.ChallengeID, ann.Sent(c.ChallengeID, 1)))
	f.Quiet()
	list, next := f.timeline(guard.UserTimelineRequest{User: "ann-1"})
	if next != "" {
		t.Errorf("there is more: %s", next)
	}
	var types []string
	for _, e := range list {
		types = append(types, e.Type)
		if e.Source == "/countersign/verify" && e.PolicyHash != workertest.Lenient(workertest.Acme).Hash {
			t.Errorf("%s was decided under %q", e.Type, e.PolicyHash)
		}
		if !slices.ContainsFunc(f.Heard(func(h workertest.Event) bool { return h.Envelope.ID == e.ID }), func(h workertest.Event) bool {
			return h.Envelope.CausationID == e.CausationID && h.Envelope.Sequence == e.Sequence && h.Envelope.Source == e.Source && string(h.Envelope.Data) == string(e.Data)
		}) && e.Source != "/countersign/enroll" {
			t.Errorf("%s %s was not heard so", e.Type, e.ID)
		}
	}
	want := []string{
		"countersign.secret.created.v1", "countersign.enrollment.activated.v1",
		guard.ChallengeIssuedType, notification.RequestedType, guard.AttemptRejectedType, guard.AttemptAcceptedType,
	}
	if !slices.Equal(types, want) {
		t.Errorf("told %v of %s", types, sms.ID)
	}
	if first, more := f.timeline(guard.UserTimelineRequest{User: "ann-1", Limit: 4}); len(first) != 4 || more == "" {
		t.Errorf("a page of %d, then %q", len(first), more)
	} else if rest, end := f.timeline(guard.UserTimelineRequest{User: "ann-1", After: more}); len(rest) != 2 || end != "" || rest[1].ID != list[5].ID {
		t.Errorf("then %d, then %q", len(rest), end)
	}
	if none, end := f.timeline(guard.UserTimelineRequest{User: "nobody-1"}); len(none) != 0 || end != "" {
		t.Errorf("of nobody: %v", none)
	}
}

// What became of a message stands after the commit that asked for it.
func TestATimelineTellsWhatBecameOfMessages(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	ann.Enrolled(events.SMS)
	f.challenge("ann-1", "l1")
	f.Quiet()
	wanted := f.Heard(workertest.Of(notification.RequestedType))[0].Event.(*notification.Requested)
	became := notification.Outcome{User: "ann-1", NotificationID: wanted.NotificationID, About: wanted.About, Channel: wanted.Channel, Provider: "p"}
	ann.Notification(wanted.NotificationID, &notification.Sending{User: "ann-1", NotificationID: wanted.NotificationID, Try: 1}, &notification.Sent{Outcome: became})
	list, _ := f.timeline(guard.UserTimelineRequest{User: "ann-1"})
	if n := len(list); n != 5 || list[n-1].Type != notification.SentType || list[n-1].Source != "/countersign/notifier" || list[n-2].Type != notification.RequestedType {
		t.Errorf("told %v", list)
	}
}

func TestATimelineInDoubtIsNone(t *testing.T) {
	f := start(t)
	f.User("ann-1").Waived("l1")
	f.Store.Break(broken(workertest.Replay, "recovery"))
	var answer guard.UserTimeline
	if code := workertest.RefusedWith(f.RPC("user", "timeline", guard.UserTimelineRequest{User: "ann-1"}, &answer)); code != "unavailable" {
		t.Errorf("it says %q, %v", code, answer)
	}
}
