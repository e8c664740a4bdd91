package notifier_test

import (
	"slices"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

const lostAnswer = "failed unknown_outcome, not final"

func TestATextWhoseAnswerIsLostIsAskedForAndNeverSentTwice(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sink.TextFault
	}{
		{"taken, then the line is reset", sink.AcceptThenReset()},
		{"taken, then nobody answers", sink.AcceptThenTimeout()},
		{"taken, then an error of the server", sink.AcceptThenServerFault(502)},
		{"not taken: the line is reset", sink.ResetConnection()},
		{"not taken: an error of the server", sink.ServerFault(503)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, calls(5*time.Second))
			f.texts.Script(c.fault)
			e := f.requests("ann-1", number)
			f.wantEnds(e.EnrollmentID, lostAnswer, "sent")
			f.wantArrivals(number, 1)
			f.activates("ann-1", e.EnrollmentID, codeIn(f.awaitArrival(number, 1)))
		})
	}
}

func TestATextIsAskedForUntilTheProviderSays(t *testing.T) {
	f := start(t)
	f.texts.Script(sink.AcceptThenServerFault(500))
	f.texts.ScriptListings(sink.ServerFault(500), sink.ServerFault(500))
	e := f.requests("ann-1", number)
	f.wantEndsSent(e.EnrollmentID)
	f.Quiet()
	said := f.said(e.EnrollmentID)
	lost, end := said[:len(said)-1], said[len(said)-1]
	// Of two messages that ask at the same time one says what it heard: the other finds it said.
	if end != "sent" || len(lost) < 2 || len(lost) > 3 || slices.ContainsFunc(lost, func(s string) bool { return s != lostAnswer }) {
		t.Errorf("said was %q, want two or three times %q and then sent", said, lostAnswer)
	}
	f.wantArrivals(number, 1)
}

func TestAWorkerThatDiesAfterATextHasLeftCostsNoSecondOne(t *testing.T) {
	onceThoughOneDies(t, func(dying *workertest.Replica) workertest.Faults {
		return workertest.Faults{Before: dies(dying, once(notification.SentType, 1))}
	})
}

func TestAWorkerThatDiesBeforeATextHasLeftLeavesItToAnother(t *testing.T) {
	onceThoughOneDies(t, func(dying *workertest.Replica) workertest.Faults {
		return workertest.Faults{After: dies(dying, once(notification.SendingType, 1))}
	})
}

// onceThoughOneDies sees one text arrive from two workers of which the first dies at it.
func onceThoughOneDies(t *testing.T, at func(dying *workertest.Replica) workertest.Faults) {
	t.Helper()
	f := start(t, asleep, calls(5*time.Second))
	f.GiveUpAfter(500 * time.Millisecond)
	f.Wake("enroll")
	dying := f.Wake("notifier")[0]
	f.Store.Break(at(dying))
	e := f.requests("ann-1", number)
	<-dying.Failed()
	f.Wake("notifier")
	f.wantEnds(e.EnrollmentID, "sent")
	f.wantArrivals(number, 1)
}
