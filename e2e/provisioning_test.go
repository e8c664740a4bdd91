package e2e_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func TestAnAppCanScanTheSecret(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	user := newUser()
	created := got(t, "secret.created")(p.Ask(ctx, "enrollment.requested", data{
		"user": user, "factor": "totp", "account_label": "Jane & Söhne", "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	shown := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": created.Text("enrollment_id")}))
	if created.Data["secret"] != nil || strings.Contains(created.Body, shown.Text("secret")) {
		t.Errorf("the event tells the secret: %s", created)
	}
	if got := scanned(t, shown.Text("qr_png")); got != shown.Text("uri") {
		t.Errorf("the picture says %q, the URI is %q", got, shown.Text("uri"))
	}
	uri, err := url.Parse(shown.Text("uri"))
	if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Acme:Jane & Söhne" {
		t.Errorf("%v, %v", uri, err)
	}
	for field, want := range map[string]string{"secret": shown.Text("secret"), "issuer": "Acme", "algorithm": "SHA1", "digits": "6", "period": "30"} {
		if got := uri.Query().Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}

func TestTheSecretOfAnActiveFactorIsNotShownAgain(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	user := newUser()
	id, app := pending(ctx, t, p, user)
	again := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": id}))
	if again.Text("secret") != app.Secret {
		t.Error("a pending secret changed between two looks")
	}
	got(t, "enrollment.activated")(p.Ask(ctx, "enrollment.code_submitted", data{
		"user": user, "enrollment_id": id, "code": app.Code(app.Step(time.Now())),
	}))
	_, err := p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": id})
	refusedWith(t, "step_up_required", err)
}

func scanned(t *testing.T, picture string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(picture)
	if err != nil {
		t.Fatalf("qr_png: %v", err)
	}
	page, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("qr_png: %v", err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	text, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("read the QR code: %v", err)
	}
	return text.GetText()
}
