package importer_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

func record(change func(*importer.Record)) importer.Record {
	r := importer.Record{Line: 7, User: events.NewSecret("dana"), Seed: events.NewSecret("12345678901234567890")}
	change(&r)
	return r
}

func TestWhatMostSystemsLeaveOutIsFilledIn(t *testing.T) {
	r, err := record(func(*importer.Record) {}).Check()
	if err != nil || r.Algorithm != "SHA1" || r.Digits != 6 || r.Period != 30*time.Second || r.IsShort() {
		t.Errorf("%+v, %v", r, err)
	}
	if !record(func(r *importer.Record) { r.Seed = events.NewSecret("1234567890") }).IsShort() {
		t.Error("80 bits are not short")
	}
}

func TestRecordsHaveBounds(t *testing.T) {
	for why, change := range map[string]func(*importer.Record){
		"the user is missing":         func(r *importer.Record) { r.User = events.Secret{} },
		"the user is":                 func(r *importer.Record) { r.User = events.NewSecret("a\x00b") },
		"the issuer is no name":       func(r *importer.Record) { r.Issuer = strings.Repeat("a", 257) },
		"the seed has 9 bytes":        func(r *importer.Record) { r.Seed = events.NewSecret("123456789") },
		"the seed has 65 bytes":       func(r *importer.Record) { r.Seed = events.NewSecret(strings.Repeat("a", 65)) },
		"the algorithm is not":        func(r *importer.Record) { r.Algorithm = "MD5" },
		"5 digits":                    func(r *importer.Record) { r.Digits = 5 },
		"9 digits":                    func(r *importer.Record) { r.Digits = 9 },
		"the period is not 15":        func(r *importer.Record) { r.Period = 121 * time.Second },
		"the period is not 15 to":     func(r *importer.Record) { r.Period = 14 * time.Second },
		"the period is not 15 to 120": func(r *importer.Record) { r.Period = 15500 * time.Millisecond },
	} {
		_, err := record(change).Check()
		var f *importer.Fault
		if !errors.As(err, &f) || f.Line != 7 || f.Remedy == "" || !strings.HasPrefix(f.What, why) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func TestSeedsAreReadAsPeopleWriteThem(t *testing.T) {
	const seed = "Hello!\xde\xad\xbe\xef"
	for text, decode := range map[string]func(string) (events.Secret, *importer.Fault){
		"JBSWY3DPEHPK3PXP": importer.Base32, "jbsw y3dp-ehpk 3pxp": importer.Base32, "JBSWY3DPEHPK3PXP====": importer.Base32,
		"48656c6c6f21deadbeef": importer.Hex, "48 65 6C 6C 6F 21 DE AD BE EF": importer.Hex,
		"SGVsbG8h3q2+7w==": importer.Base64, "SGVsbG8h3q2-7w": importer.Base64, " SGVs\nbG8h3q2+7w ": importer.Base64,
	} {
		if got, f := decode(text); f != nil || got.Reveal() != seed {
			t.Errorf("%s: %x, %v", text, got.Reveal(), f)
		}
	}
	for text, decode := range map[string]func(string) (events.Secret, *importer.Fault){
		"": importer.Base32, "0189": importer.Base32, "48656": importer.Hex, "xy": importer.Hex, "*": importer.Base64, "====": importer.Base64,
	} {
		if got, f := decode(text); f == nil || !got.IsZero() {
			t.Errorf("%q: %x", text, got.Reveal())
		}
	}
}

func TestAlgorithmsHaveManyNames(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "SHA1": "SHA1", "sha-1": "SHA1", "HmacSHA1": "SHA1", "HMAC-SHA256": "SHA256", "SHA2": "fault", "sha512": "SHA512", "HMAC_SHA512": "SHA512", "MD5": "fault",
	} {
		got, f := importer.Algorithm(text)
		if f != nil {
			got = "fault"
		}
		if got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func seen(line int, text string) iter.Seq2[importer.Record, error] {
	return importer.One(importer.Record{Line: line, Issuer: text}, nil)
}

func TestLinesAreCountedWhateverTheyHold(t *testing.T) {
	text := "\xef\xbb\xbffirst\r\n\n# a remark\n" + strings.Repeat("x", 70<<10) + "\n  last  "
	var got []string
	for r, err := range importer.Lines(strings.NewReader(text), seen) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, r.Issuer+string(rune('0'+r.Line)))
	}
	if want := "first1|line 4: the line is longer than 65536 bytes; split it|last5"; strings.Join(got, "|") != want {
		t.Errorf("got %v", got)
	}
}

func TestAnErrorOfTheInputIsTheLast(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader("a\nb\nc"), iotest.ErrReader(broken))
	var last error
	n := 0
	for _, err := range importer.Lines(r, seen) {
		n, last = n+1, err
	}
	if n != 3 || !errors.Is(last, broken) {
		t.Errorf("%d entries, then %v", n, last)
	}
}

func TestAnInputTooLongIsNotTakenForAWholeOne(t *testing.T) {
	if _, err := io.ReadAll(importer.Bounded(strings.NewReader("12345"), 4)); err == nil {
		t.Error("it ends as if all had been read")
	}
	if got, err := io.ReadAll(importer.Bounded(strings.NewReader("12345"), 6)); err != nil || string(got) != "12345" {
		t.Errorf("%s, %v", got, err)
	}
}
