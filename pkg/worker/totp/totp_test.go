package totp_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"countersign/pkg/events"
	"countersign/pkg/worker/totp"
)

// Seeds of RFC 6238 appendix B: the digits repeated to the hash's length (erratum 2866).
var (
	seed20 = []byte("12345678901234567890")
	seed32 = []byte("12345678901234567890123456789012")
	seed64 = []byte("1234567890123456789012345678901234567890123456789012345678901234")
)

func options(algorithm string, digits int) totp.Options {
	return totp.Options{Algorithm: algorithm, Digits: digits, Period: 30 * time.Second, Back: 1, Forward: 1}
}

func TestTheVectorsOfRFC6238(t *testing.T) {
	vectors := []struct {
		unix                 int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	}
	for _, v := range vectors {
		at := time.Unix(v.unix, 0)
		check(t, seed20, "SHA1", v.sha1, at)
		check(t, seed32, "SHA256", v.sha256, at)
		check(t, seed64, "SHA512", v.sha512, at)
	}
}

// check uses that a code of fewer digits is the end of the longer one.
func check(t *testing.T, seed []byte, algorithm, code string, at time.Time) {
	t.Helper()
	step := uint64(at.Unix() / 30)
	for digits := 6; digits <= 8; digits++ {
		want := code[8-digits:]
		if got := totp.Code(seed, step, options(algorithm, digits)).Reveal(); got != want {
			t.Errorf("%s, %d digits at %d: got %s, want %s", algorithm, digits, at.Unix(), got, want)
		}
		if got := totp.Steps(seed, events.NewSecret(want), at, options(algorithm, digits)); !slices.Contains(got, step) {
			t.Errorf("%s, %d digits at %d: %s fits %v, want %d among them", algorithm, digits, at.Unix(), want, got, step)
		}
	}
}

func TestStepsStayWithinTheWindow(t *testing.T) {
	o := options("SHA1", 6)
	at := time.Unix(1111111111, 0)
	now, _ := totp.Step(at, o.Period)
	for _, c := range []struct {
		name string
		off  int64
		fits bool
	}{
		{"two steps ago is too old", -2, false},
		{"one step ago counts", -1, true},
		{"the present step counts", 0, true},
		{"one step ahead counts", 1, true},
		{"two steps ahead does not", 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			step := uint64(int64(now) + c.off)
			got := totp.Steps(seed20, totp.Code(seed20, step, o), at, o)
			if fits := slices.Equal(got, []uint64{step}); fits != c.fits || (!c.fits && len(got) > 0) {
				t.Fatalf("code of step %d at step %d fits %v", step, now, got)
			}
		})
	}
}

func TestAllStepsThatFitAreNamed(t *testing.T) {
	// With a wide window over many seeds a code sooner or later fits two steps; one of them alone would let the code pass
	// once more.
	o := options("SHA1", 6)
	o.Back, o.Forward = 10, 10
	at := time.Unix(30*1000, 0)
	for n := range 60000 {
		seed := []byte{byte(n >> 8), byte(n), 1}
		codes := map[string][]uint64{}
		for step := uint64(990); step <= 1010; step++ {
			code := totp.Code(seed, step, o).Reveal()
			codes[code] = append(codes[code], step)
		}
		for code, steps := range codes {
			if len(steps) < 2 {
				continue
			}
			if got := totp.Steps(seed, events.NewSecret(code), at, o); !slices.Equal(got, steps) {
				t.Fatalf("code fits steps %v, got %v", steps, got)
			}
			return
		}
	}
	t.Fatal("no seed with two equal codes in one window was found")
}

func TestOddInputFitsNothing(t *testing.T) {
	at := time.Unix(59, 0)
	good := options("SHA1", 8)
	right := events.NewSecret("94287082")
	with := func(change func(*totp.Options)) totp.Options { o := good; change(&o); return o }
	for _, c := range []struct {
		name string
		seed []byte
		code events.Secret
		at   time.Time
		o    totp.Options
	}{
		{"an unknown algorithm", seed20, right, at, with(func(o *totp.Options) { o.Algorithm = "MD5" })},
		{"an unknown algorithm and no code", seed20, events.Secret{}, at, with(func(o *totp.Options) { o.Algorithm = "" })},
		{"five digits", seed20, right, at, with(func(o *totp.Options) { o.Digits = 5 })},
		{"no period", seed20, right, at, with(func(o *totp.Options) { o.Period = 0 })},
		{"half a second too much", seed20, right, at, with(func(o *totp.Options) { o.Period += time.Second / 2 })},
		{"a window without end", seed20, right, at, with(func(o *totp.Options) { o.Forward = 1 << 30 })},
		{"a window below nothing", seed20, right, at, with(func(o *totp.Options) { o.Back = -1 })},
		{"no seed", nil, right, at, good},
		{"no seed and no code", nil, events.Secret{}, at, good},
		{"a time before the epoch", seed20, right, time.Unix(-1, 0), good},
		{"a code without its first digit", seed20, events.NewSecret("4287082"), at, good},
		{"a code with one digit too many", seed20, events.NewSecret("942870820"), at, good},
		{"a letter", seed20, events.NewSecret("9428708Z"), at, good},
		{"a code after much space", seed20, events.NewSecret(strings.Repeat(" ", 64) + "94287082"), at, good},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := totp.Steps(c.seed, c.code, c.at, c.o); len(got) > 0 {
				t.Fatalf("fits %v", got)
			}
		})
	}
}

func TestTheFirstStepsHaveNothingBeforeThem(t *testing.T) {
	o := options("SHA1", 6)
	if got := totp.Steps(seed20, totp.Code(seed20, 0, o), time.Unix(0, 0), o); !slices.Equal(got, []uint64{0}) {
		t.Fatalf("got %v", got)
	}
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	for _, c := range []struct{ name, typed, want string }{
		{"as it is", "123456", "123456"},
		{"with a space in the middle", "123 456", "123456"},
		{"with a hyphen", "123-456", "123456"},
		{"with a dash that a phone made of it", "123–456", "123456"},
		{"with a no-break space and a line end", "123\u00a0456\r\n", "123456"},
		{"with a space of no width", "\ufeff123\u200b456", "123456"},
		{"in Arabic digits", "١٢٣٤٥٦", "123456"},
		{"in Persian digits", "۱۲۳۴۵۶", "123456"},
		{"in Devanagari digits", "१२३४५६", "123456"},
		{"in full width", "１２３４５６", "123456"},
		{"in mathematical digits", "𝟏𝟚𝟥𝟰𝟻𝟔", "123456"},
		{"with a letter", "12345O", ""},
		{"with a superscript", "12345⁶", ""},
		{"with broken UTF-8", "12345\xff", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := totp.Normalize(events.NewSecret(c.typed)).Reveal(); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryScriptHasItsTenDigitsInARow(t *testing.T) {
	check := func(lo, hi, stride uint32) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Errorf("digits from %U to %U are not tens in a row", lo, hi)
		}
	}
	for _, r := range unicode.Nd.R16 {
		check(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride))
	}
	for _, r := range unicode.Nd.R32 {
		check(r.Lo, r.Hi, r.Stride)
	}
}

// independent is RFC 4226 section 5.3 and RFC 6238 section 4, written from their text.
func independent(seed []byte, step uint64, algorithm string, digits int) string {
	hashes := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}
	mac := hmac.New(hashes[algorithm], seed)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	number := uint64(binary.BigEndian.Uint32(sum[from:]) & 0x7fffffff)
	return fmt.Sprintf("%0*d", digits, number%uint64(math.Pow10(digits)))
}

func TestAgreesWithAnIndependentGenerator(t *testing.T) {
	r := rand.New(rand.NewPCG(4226, 6238))
	for range 3000 {
		algorithm := []string{"SHA1", "SHA256", "SHA512"}[r.IntN(3)]
		o := options(algorithm, 6+r.IntN(3))
		seed := make([]byte, totp.SeedSize(algorithm))
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		at := time.Unix(r.Int64N(1<<33), r.Int64N(1e9))
		step := uint64(at.Unix() / 30)
		want := independent(seed, step, algorithm, o.Digits)
		if got := totp.Code(seed, step, o).Reveal(); got != want {
			t.Fatalf("%s, %d digits at %s: got %s, want %s", algorithm, o.Digits, at, got, want)
		}
		if got := totp.Steps(seed, events.NewSecret(want), at, o); !slices.Contains(got, step) {
			t.Fatalf("%s at %s fits %v, want %d among them", want, at, got, step)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("123 456")
	f.Add("१२३-४५६")
	f.Fuzz(func(t *testing.T, typed string) {
		once := totp.Normalize(events.NewSecret(typed))
		if strings.Trim(once.Reveal(), "0123456789") != "" {
			t.Fatalf("%q gives %q", typed, once.Reveal())
		}
		if again := totp.Normalize(once); !again.Equal(once) {
			t.Fatalf("%q gives %q, and that %q", typed, once.Reveal(), again.Reveal())
		}
	})
}
