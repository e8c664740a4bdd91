package runtime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

// Longer than the nine digits of a time's fraction, or a clock says it by chance.
const (
	number = 314159314159
	canary = "canary-314159314159"
)

type attempt struct {
	Code events.Secret
	raw  string
}

func logged(attrs ...any) string {
	var out bytes.Buffer
	NewLogger(&out, slog.LevelInfo).Info("something happened", attrs...)
	return out.String()
}

func TestNoSlipShowsASecret(t *testing.T) {
	secret := events.NewSecret(canary)
	for name, attrs := range map[string][]any{
		"a secret":                 {"v", secret},
		"a pointer to one":         {"v", &secret},
		"a struct that has one":    {"v", attempt{secret, canary}},
		"a pointer to that":        {"v", &attempt{secret, canary}},
		"a list of structs":        {"v", []attempt{{secret, canary}}},
		"a list of secrets":        {"v", []events.Secret{secret}},
		"a map":                    {"v", map[string]string{"k": canary}},
		"bytes":                    {"v", []byte(canary)},
		"raw JSON":                 {"v", fmt.Appendf(nil, `{"code":%q}`, canary)},
		"a list of anything":       {"v", []any{canary}},
		"the word code":            {"code", canary},
		"a number called code":     {"code", number},
		"another spelling":         {"Access-Token", canary},
		"a key with a prefix":      {"sealed_email", canary},
		"authorization":            {"authorization", canary},
		"a password":               {"db.password", canary},
		"a phone":                  {"phone", canary},
		"an address":               {"address", canary},
		"a client's secret":        {"client_secret", canary},
		"a group called so":        {slog.Group("token", "value", canary)},
		"deep inside of it":        {slog.Group("token", slog.Group("x", "value", canary))},
		"a key inside of a group":  {slog.Group("request", "code", canary)},
		"an error that is a field": {"password", errors.New(canary)},
	} {
		inBase64 := base64.StdEncoding.EncodeToString([]byte(canary)) // as JSON shows bytes
		if out := logged(attrs...); strings.Contains(out, strconv.Itoa(number)) || strings.Contains(out, inBase64) {
			t.Errorf("%s: %s", name, out)
		}
	}
	var out bytes.Buffer
	NewLogger(&out, slog.LevelInfo).With("code", canary).WithGroup("token").Info("x", "v", canary)
	if strings.Contains(out.String(), canary) {
		t.Errorf("With: %s", &out)
	}
}

func TestWhatIsNotSecretIsLogged(t *testing.T) {
	var nobody *time.Location
	out := logged("platform", "acme", "error", errors.New("refused"), "took", 3*time.Second, "n", 7, "factors", []events.Factor{events.TOTP},
		"listen", netip.MustParseAddrPort("127.0.0.1:1"), "nothing", nil, "token_id", "t1", "nobody", error(nil), "zone", nobody, slog.Group("g", "ok", true))
	for _, want := range []string{
		`"msg":"something happened"`, `"level":"INFO"`, `"time":"`, `"platform":"acme"`, `"error":"refused"`, `"took":3000000000`, `"n":7`,
		`"factors":["totp"]`, `"listen":"127.0.0.1:1"`, `"nothing":null`, `"token_id":"t1"`, `"g":{"ok":true}`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

func TestTheLevelIsObeyed(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, slog.LevelWarn).Info("quiet")
	if out.Len() > 0 {
		t.Error(out.String())
	}
}
