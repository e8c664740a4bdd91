package carry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/cmd/countersign/internal/carry"
	"countersign/cmd/countersign/internal/importer/otpauth"
	"countersign/cmd/countersign/internal/importer/plaincsv"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// workers answer as enroll does: the first import of a user counts, and is told again with its time.
type workers struct {
	imported []*enrollment.ImportRequested
	seeds    []string
	before   map[string]time.Time // when a user's import was answered
	refuse   map[string]error
	active   string
	asked    int
}

func (w *workers) UserStatus(_ context.Context, user string) (s guard.UserStatus, err error) {
	w.asked++
	if user == w.active {
		s.Factors = []guard.FactorStatus{{Factor: events.SMS, Status: string(enrollment.StatusActive)}}
	}
	return s, w.refuse[user]
}

func (w *workers) ImportTOTP(_ context.Context, e *enrollment.ImportRequested, s events.Secret, _ ...client.Option) (client.Answer, error) {
	if err := w.refuse[e.User]; err != nil {
		return client.Answer{}, err
	}
	at, again := w.before[e.User]
	if !again {
		at = noon.Add(time.Second)
		w.imported, w.seeds = append(w.imported, e), append(w.seeds, s.Reveal())
	}
	return client.Answer{Envelope: events.Envelope{Time: at}}, nil
}

func carried(t *testing.T, c carry.Config) (string, error) {
	t.Helper()
	var out strings.Builder
	c.Out, c.Platform, c.By, c.Run, c.Start = &out, "acme", "s-1", "1", noon
	err := carry.Run(t.Context(), c)
	if text := out.String() + fmt.Sprint(err); strings.Contains(text, seed) || strings.Contains(text, "Hello!") || strings.Contains(text, "@") {
		t.Errorf("a seed or an account is told: %s", text)
	}
	return out.String(), err
}

func told(t *testing.T, got string, want ...string) {
	t.Helper()
	if text := strings.Join(want, "\n") + "\n"; got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

const table = "user,secret,digits,period\nu-1," + seed + ",8,60\nu-2,not a seed!,,\nu-1," + seed + ",,\nu-3,JBSWY3DPEHPK3PXP,,\n"

func TestADryRunOnlyLooks(t *testing.T) {
	w := &workers{active: "u-3"}
	out, err := carried(t, carry.Config{Ask: w, Records: plaincsv.Parse(strings.NewReader(table))})
	told(t, out,
		"line 2: u-1: would be imported (SHA1, 8 digits, 1m0s)",
		"line 3: the seed is not base32; export it again, or enroll the user anew",
		"line 4: the user had a record on line 2 already; keep the line of the app that the user has",
		"line 5: u-3: has an active factor (sms): stays as it is, or is refused where it is another app; the seed is short: have it replaced",
		"4 read, 2 would be imported (nothing was changed: --apply does it), 2 wrong")
	if err == nil || len(w.imported) > 0 || w.asked != 2 {
		t.Errorf("%v, %d imports, %d questions", err, len(w.imported), w.asked)
	}
}

func TestEveryGoodLineIsBrought(t *testing.T) {
	w := &workers{refuse: map[string]error{"u-3": &events.Rejection{Code: events.WrongState, Field: "user", Message: "has an active factor"}}}
	out, err := carried(t, carry.Config{Ask: w, Records: plaincsv.Parse(strings.NewReader(table)), Apply: true})
	if err == nil || !strings.Contains(out, "line 2: u-1: imported\n") || !strings.Contains(out, "line 5: u-3: refused: ") || !strings.Contains(out, "4 read, 1 imported, 3 wrong") {
		t.Errorf("%v\n%s", err, out)
	}
	e := w.imported[0]
	if e.User != "u-1" || e.By != "s-1" || e.Digits != 8 || e.Period != 60 || e.Algorithm != enrollment.SHA1 || e.Factor != events.TOTP || !e.AccountLabel.IsZero() {
		t.Errorf("brought %+v", e)
	}
	if !slices.Equal(w.seeds, []string{"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef"}) {
		t.Errorf("%d seeds", len(w.seeds))
	}
}

func TestWhatWasInterruptedGoesOn(t *testing.T) {
	const three = "user,secret\nu-1," + seed + "\nu-2," + seed + "\nu-3," + seed + "\n"
	w := &workers{refuse: map[string]error{"u-2": client.ErrNoAnswer}}
	out, err := carried(t, carry.Config{Ask: w, Records: plaincsv.Parse(strings.NewReader(three)), Apply: true})
	told(t, out, "line 2: u-1: imported")
	if !errors.Is(err, client.ErrNoAnswer) || !strings.Contains(err.Error(), "line 3: ") || !strings.Contains(err.Error(), "run the same command again") {
		t.Error(err)
	}
	w.refuse, w.before = nil, map[string]time.Time{"u-1": noon.Add(-time.Hour)}
	out, err = carried(t, carry.Config{Ask: w, Records: plaincsv.Parse(strings.NewReader(three)), Apply: true})
	told(t, out, "line 2: u-1: imported before, at 2026-11-21T11:00:00Z; another --run asks anew",
		"line 3: u-2: imported", "line 4: u-3: imported", "3 read, 3 imported, 0 wrong")
	if err != nil || len(w.imported) != 3 {
		t.Errorf("%v, %d imports", err, len(w.imported))
	}
}

func TestAnInterruptEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := &workers{}
	c := carry.Config{Ask: w, Records: plaincsv.Parse(strings.NewReader(table)), Apply: true, Out: new(strings.Builder), Every: time.Hour}
	if err := carry.Run(ctx, c); !errors.Is(err, context.Canceled) || len(w.imported) > 0 {
		t.Errorf("%v, %d imports", err, len(w.imported))
	}
}

func TestAccountsThatAreNoUsers(t *testing.T) {
	users, err := carry.ReadUsers(strings.NewReader("account,user\nann@example.org,u-1\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := &workers{}
	uris := "otpauth://totp/ACME:ann%40example.org?secret=" + seed + "\notpauth://totp/bob%40example.org?secret=" + seed + "\n"
	out, err := carried(t, carry.Config{Ask: w, Records: otpauth.Parse(strings.NewReader(uris)), Users: users, Apply: true})
	told(t, out, "line 1: u-1: imported", "line 2: the account is of no user; add it to the file of --users", "2 read, 1 imported, 1 wrong")
	if err == nil || w.imported[0].AccountLabel.Reveal() != "ann@example.org" {
		t.Errorf("%v, brought %+v", err, w.imported[0])
	}
}

func TestATableOfUsersIsReadWholeOrNotAtAll(t *testing.T) {
	for why, text := range map[string]string{
		"line 1": "", "begin with these names": "user,account\na,u\n", "line 3: the account stood there before": "account,user\na@,u\na@,v\n",
		"wrong number of fields": "account,user\na@\n",
	} {
		if _, err := carry.ReadUsers(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "@") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The same user of the same run has the same id; nothing else has.
func TestTheIDOfAnImport(t *testing.T) {
	ids := []string{carry.ID("acme", "u-1", "1"), carry.ID("acme", "u-1", "2"), carry.ID("acme", "u-2", "1"), carry.ID("globex", "u-1", "1"), carry.ID("acme", "u-11", "")}
	if carry.ID("acme", "u-1", "1") != ids[0] {
		t.Error("asked again, it is another")
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 5 || events.ID("ce-id", ids[0], events.MaxID) != nil {
		t.Errorf("%v", ids)
	}
}
