package provision_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/provision"
)

func seed(change func(*provision.Seed)) provision.Seed {
	s := provision.Seed{
		Bytes: []byte("12345678901234567890"), Issuer: "Acme", Account: events.NewSecret("jane@example.org"),
		Algorithm: enrollment.SHA1, Digits: 6, Period: 30,
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestAnAppReadsBackWhatWasWritten(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*provision.Seed)
	}{
		{"the usual", nil},
		{"SHA-256 with 8 digits a minute", func(s *provision.Seed) {
			s.Algorithm, s.Digits, s.Period, s.Bytes = enrollment.SHA256, 8, 60, bytes.Repeat([]byte{0xff}, 32)
		}},
		{"SHA-512", func(s *provision.Seed) { s.Algorithm, s.Bytes = enrollment.SHA512, bytes.Repeat([]byte{0}, 64) }},
		{"names with spaces and signs", func(s *provision.Seed) {
			s.Issuer, s.Account = "Acme & Söhne / EU", events.NewSecret("Jane Doe: admin? 100% +1 #2")
		}},
		{"names in another script", func(s *provision.Seed) { s.Issuer, s.Account = "示例", events.NewSecret("山田 太郎") }},
		{"the longest account", func(s *provision.Seed) {
			s.Account = events.NewSecret(strings.Repeat("é", enrollment.MaxLabel/2))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := seed(c.change)
			p, err := provision.Write(s)
			if err != nil {
				t.Fatal(err)
			}
			checkURI(t, p.URI.Reveal(), s)
			if want := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.Bytes); p.Secret.Reveal() != want {
				t.Errorf("secret is %s, want %s", p.Secret.Reveal(), want)
			}
			if p.Algorithm != s.Algorithm || p.Digits != s.Digits || p.Period != s.Period {
				t.Errorf("says %s, %d digits, %d s", p.Algorithm, p.Digits, p.Period)
			}
			if text := scan(t, picture(t, p)); text != p.URI.Reveal() {
				t.Errorf("the QR code says %s, want %s", text, p.URI.Reveal())
			}
		})
	}
}

// checkURI reads it as apps do: by the key URI format, with a parser that is not the writer's.
func checkURI(t *testing.T, text string, s provision.Seed) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	issuer, account, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":")
	if u.Scheme != "otpauth" || u.Host != "totp" || issuer != s.Issuer || account != s.Account.Reveal() {
		t.Errorf("%s: issuer %q, account %q", text, issuer, account)
	}
	if strings.ContainsAny(text, "+ ") || strings.Contains(u.EscapedPath(), "&") {
		t.Errorf("%s: some apps show a plus for a space, or end a name at a sign", text)
	}
	q := u.Query()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
	if err != nil || !bytes.Equal(raw, s.Bytes) {
		t.Errorf("%s: seed is %x, %v", text, raw, err)
	}
	want := map[string]string{
		"issuer": s.Issuer, "algorithm": s.Algorithm, "digits": fmt.Sprint(s.Digits), "period": fmt.Sprint(s.Period),
	}
	for name, value := range want {
		if q.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", text, name, q.Get(name), value)
		}
	}
}

func picture(t *testing.T, p enrollment.Provisioning) image.Image {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(p.QRPNG.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 32<<10 {
		t.Errorf("the picture has %d bytes", len(raw))
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, corner := range []image.Point{{0, 0}, {img.Bounds().Max.X - 1, img.Bounds().Max.Y - 1}} {
		if r, g, b, _ := img.At(corner.X, corner.Y).RGBA(); r+g+b != 3*0xffff {
			t.Errorf("the border at %v is not white", corner)
		}
	}
	return img
}

func scan(t *testing.T, img image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	result, err := qrcode.NewQRCodeReader().Decode(bits, hints)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestAnIncompleteSeedIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*provision.Seed)
	}{
		{"without bytes a random one would be made up", func(s *provision.Seed) { s.Bytes = nil }},
		{"without issuer", func(s *provision.Seed) { s.Issuer = "" }},
		{"with a colon in the issuer", func(s *provision.Seed) { s.Issuer = "Acme: EU" }},
		{"without account", func(s *provision.Seed) { s.Account = events.Secret{} }},
		{"with an unknown algorithm", func(s *provision.Seed) { s.Algorithm = "MD5" }},
		{"without digits", func(s *provision.Seed) { s.Digits = 0 }},
		{"without period", func(s *provision.Seed) { s.Period = 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if p, err := provision.Write(seed(c.change)); !errors.Is(err, provision.ErrIncomplete) {
				t.Fatalf("got %+v, %v", p, err)
			}
		})
	}
}

func TestWhatCannotBeDrawnIsNotQuoted(t *testing.T) {
	_, err := provision.Write(seed(func(s *provision.Seed) { s.Account = events.NewSecret(strings.Repeat("jane", 2000)) }))
	if err == nil || strings.Contains(err.Error(), "jane") || strings.Contains(err.Error(), "GEZD") {
		t.Fatalf("got %v", err)
	}
}

func TestAnAnswerShowsItsSecretsInJSONAlone(t *testing.T) {
	p, err := provision.Write(seed(nil))
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", p, p, p); strings.Contains(printed, p.Secret.Reveal()) {
		t.Fatalf("printed: %s", printed)
	}
	text, err := json.Marshal(p)
	if err != nil || !bytes.Contains(text, []byte(p.Secret.Reveal())) {
		t.Fatalf("encoded: %s, %v", text, err)
	}
}
