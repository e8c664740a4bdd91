package keyring_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/keyring"
)

var codePlace = seal.Place{Platform: platform, User: "u-1", Type: "countersign.attempt.submitted.v1", ID: "c1", Field: "code"}

func openKeySet(t *testing.T, r *keyring.Rings) *keyring.KeySet {
	t.Helper()
	s, err := keyring.OpenKeySet(t.Context(), keyring.KeySetConfig{Rings: r, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refresh(t *testing.T, s *keyring.KeySet) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sealed is a code sealed to the newest key of s.
func sealed(t *testing.T, s *keyring.KeySet) (keyID, text string) {
	t.Helper()
	key := s.Public()[0]
	text, err := seal.Seal(key.Key, codePlace, events.NewSecret("123456"))
	if err != nil {
		t.Fatal(err)
	}
	return key.KeyID, text
}

func TestWhatIsSealedToAPublicKeyOpensAtItsPlace(t *testing.T) {
	s := openKeySet(t, newFixture(t).rings)
	id, text := sealed(t, s)
	got, err := s.Open(t.Context(), id, codePlace, text)
	if err != nil || got.Reveal() != "123456" {
		t.Error(err)
	}
	other := codePlace
	other.ID = "c2"
	_, err = s.Open(t.Context(), id, other, text)
	wantError(t, err, seal.ErrOpen)
	_, err = s.Open(t.Context(), "never", codePlace, text)
	wantError(t, err, keyring.ErrUnknownKey)
}

func TestAReaderOpensWhatWasSealedToAKeyMadeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		enroll, verify := openKeySet(t, f.rings), openKeySet(t, f.open(t, keyring.Config{}))
		advance(24 * time.Hour)
		refresh(t, enroll)
		id, text := sealed(t, enroll)
		if _, err := verify.Open(t.Context(), id, codePlace, text); err != nil {
			t.Error(err)
		}
	})
}

func TestKeyPairsRotateEveryDayAndLiveAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		s := openKeySet(t, f.rings)
		first, text := sealed(t, s)
		for day := 1; day <= 6; day++ {
			advance(24*time.Hour - time.Second)
			refresh(t, s)
			if n := len(s.Public()); n != min(day, 6) {
				t.Errorf("a second before day %d: %d keys", day, n)
			}
			advance(time.Second)
			refresh(t, s)
		}
		if keys := s.Public(); len(keys) != 6 || keys[5].KeyID == first || !keys[0].NotAfter.Equal(time.Now().Add(6*24*time.Hour)) {
			t.Errorf("after six days: %d keys, the newest until %v", len(keys), keys[0].NotAfter)
		}
		advance(24*time.Hour - time.Second)
		if _, err := s.Open(t.Context(), first, codePlace, text); err != nil {
			t.Errorf("a second before its end: %v", err)
		}
		advance(time.Second)
		_, err := s.Open(t.Context(), first, codePlace, text)
		wantError(t, err, keyring.ErrUnknownKey)
		refresh(t, s)
		if rows, err := f.store.Pairs(t.Context()); err != nil || rows[0].ID == first {
			t.Errorf("the private key is still kept: %v", err)
		}
	})
}

func TestTwoWritersRotateToOnePair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		one, other := openKeySet(t, f.rings), openKeySet(t, f.open(t, keyring.Config{Writer: true}))
		advance(24 * time.Hour)
		go func() { _ = one.Refresh(t.Context()) }()
		go func() { _ = other.Refresh(t.Context()) }()
		synctest.Wait()
		refresh(t, one)
		refresh(t, other)
		if a, b := one.Public(), other.Public(); len(a) != 2 || len(b) != 2 || a[0].KeyID != b[0].KeyID {
			t.Errorf("%d and %d keys", len(a), len(b))
		}
	})
}

func TestRunRotatesUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		s := openKeySet(t, f.rings)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		advance(24*time.Hour + time.Minute)
		synctest.Wait()
		if n := len(s.Public()); n != 2 {
			t.Errorf("%d keys after a day", n)
		}
		cancel()
		wantError(t, <-ended, nil)
	})
}

func TestAStoreThatFailsIsNotAnUnknownKey(t *testing.T) {
	f := newFixture(t)
	s := openKeySet(t, f.rings)
	f.store.pairs = errors.New("connection refused")
	_, err := s.Open(t.Context(), "new", codePlace, "text")
	wantError(t, err, f.store.pairs)
}

func TestAPairThatWasChangedDoesNotOpen(t *testing.T) {
	f := newFixture(t)
	openKeySet(t, f.rings)
	rows, err := f.store.Pairs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*keyring.WrappedPair){
		"number": func(p *keyring.WrappedPair) { p.Number++ },
		"id":     func(p *keyring.WrappedPair) { p.ID += "x" },
		"start":  func(p *keyring.WrappedPair) { p.Start = p.Start.Add(time.Hour) },
		"end":    func(p *keyring.WrappedPair) { p.End = p.End.AddDate(1, 0, 0) },
	} {
		row := rows[0]
		change(&row)
		f.store.pairRows = []keyring.WrappedPair{row}
		_, err = keyring.OpenKeySet(t.Context(), keyring.KeySetConfig{Rings: f.open(t, keyring.Config{})})
		if !errors.Is(err, keyring.ErrForged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
