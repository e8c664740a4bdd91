package breaker_test

import (
	"testing"
	"time"

	"countersign/services/notifier/internal/breaker"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return noon.Add(d) }

func failing(times int) *breaker.Breaker {
	b := breaker.New(breaker.Options{Failures: 3, Pause: 5 * time.Second})
	for range times {
		b.Note(false, noon)
	}
	return b
}

func TestItOpensAfterSomeFailuresInARow(t *testing.T) {
	if b := failing(2); b.Open() || !b.Lets(at(time.Second)) {
		t.Error("two failures opened it")
	}
	if b := failing(3); !b.Open() || b.Lets(at(time.Second)) {
		t.Error("three failures left it closed")
	}
	b := failing(2)
	b.Note(true, noon)
	b.Note(false, noon)
	if b.Open() {
		t.Error("failures that were not in a row opened it")
	}
}

func TestWhileItIsOpenOneInEachPauseTries(t *testing.T) {
	b := failing(3)
	if b.Lets(at(5*time.Second - 1)) {
		t.Error("one tried before the pause was over")
	}
	if !b.Lets(at(5 * time.Second)) {
		t.Error("nobody tried after the pause")
	}
	if b.Lets(at(6 * time.Second)) {
		t.Error("a second one tried")
	}
	b.Note(false, at(7*time.Second))
	if b.Lets(at(11*time.Second)) || !b.Lets(at(12*time.Second)) {
		t.Error("a trial that failed begins no pause of its own")
	}
	b.Note(true, at(13*time.Second))
	if b.Open() || !b.Lets(at(13*time.Second)) {
		t.Error("a trial that went well left it open")
	}
}

func TestATrialNobodyMadeIsLeftToTheNext(t *testing.T) {
	b := failing(3)
	if !b.Lets(at(5 * time.Second)) {
		t.Fatal("nobody tried after the pause")
	}
	b.Spare(at(4 * time.Second))
	if b.Lets(at(6 * time.Second)) {
		t.Error("who was not granted it gave it back")
	}
	b.Spare(at(5 * time.Second))
	if !b.Lets(at(6 * time.Second)) {
		t.Error("what was given back was granted to nobody")
	}
	if b.Lets(at(6 * time.Second)) {
		t.Error("it was granted twice")
	}
}
