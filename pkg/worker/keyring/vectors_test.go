package keyring_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"countersign/pkg/worker/keyring"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func (h hexBytes) key() [32]byte { return [32]byte(h) }

type vectors struct {
	Key  hexBytes
	TOTP []struct {
		EnrollmentID string `json:"enrollment_id"`
		Size         int
		Seed         hexBytes
	}
	Codes []struct {
		ID      string
		Sending uint64
		Digits  int
		Code    string
	}
	Links []struct {
		ID      string
		Sending uint64
		Token   string
	}
	RecoveryCodes []struct {
		SetID string `json:"set_id"`
		Index int
		Code  string
	} `json:"recovery_codes"`
	Digest struct {
		EpochKey        hexBytes `json:"epoch_key"`
		Content, Digest string
	}
	Shared []struct {
		EpochKey hexBytes `json:"epoch_key"`
		Use      string
		Period   int64
		Secret   hexBytes
	}
	Sealed struct {
		Keyring                     string
		Number                      int
		Stream, Field, Text, Sealed string
	}
	Wrapped struct {
		EpochKey                            hexBytes `json:"epoch_key"`
		Platform, UserKey, Keyring, Purpose string
		Number                              int
		DataKey                             hexBytes `json:"data_key"`
		Wrapped                             hexBytes
	}
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The frozen file was computed without this package. A result that differs would lock every user out.
func TestDerivationsAreFrozen(t *testing.T) {
	v := readVectors(t)
	k := keyring.NewDataKey(keyring.Ref{}, keyring.Seed, v.Key.key())
	for _, c := range v.TOTP {
		if got := k.TOTPSeed(c.EnrollmentID, c.Size).Reveal(); got != string(c.Seed) {
			t.Errorf("seed of %s, %d bytes: %x", c.EnrollmentID, c.Size, got)
		}
	}
	for _, c := range v.Codes {
		if got := k.Code(c.ID, c.Sending, c.Digits).Reveal(); got != c.Code {
			t.Errorf("code %d of %s: %s", c.Sending, c.ID, got)
		}
	}
	for _, c := range v.Links {
		if got := k.LinkToken(c.ID, c.Sending).Reveal(); got != c.Token {
			t.Errorf("link token %d of %s: %s", c.Sending, c.ID, got)
		}
	}
	for _, c := range v.RecoveryCodes {
		if got := k.RecoveryCode(c.SetID, c.Index).Reveal(); got != c.Code {
			t.Errorf("recovery code %d of %s: %s", c.Index, c.SetID, got)
		}
	}
}

func TestFormatsAreFrozen(t *testing.T) {
	v := readVectors(t)
	if got := keyring.DigestUnder(v.Digest.EpochKey.key(), []byte(v.Digest.Content)); got != v.Digest.Digest {
		t.Errorf("digest: %s", got)
	}
	for _, c := range v.Shared {
		if got := keyring.SharedUnder(c.EpochKey.key(), c.Use, c.Period); !bytes.Equal(got, c.Secret) {
			t.Errorf("shared secret %d of %s: %x", c.Period, c.Use, got)
		}
	}
	k := keyring.NewDataKey(keyring.Ref{Keyring: v.Sealed.Keyring, Number: v.Sealed.Number}, keyring.Delivery, v.Key.key())
	text, err := k.Open(keyring.Place{Stream: v.Sealed.Stream, Field: v.Sealed.Field}, v.Sealed.Sealed)
	if err != nil || text.Reveal() != v.Sealed.Text {
		t.Errorf("sealed text: %v", err)
	}
	w := v.Wrapped
	row := keyring.WrappedKey{Platform: w.Platform, UserKey: w.UserKey, Wrapped: w.Wrapped}
	row.Ref = keyring.Ref{Keyring: w.Keyring, Number: w.Number}
	got, err := keyring.Unwrap(w.EpochKey.key(), keyring.Purpose(w.Purpose), row)
	if err != nil || !bytes.Equal(got, w.DataKey) {
		t.Errorf("wrapped key: %v", err)
	}
}

// RFC 4226, appendix D.
func TestHOTPIsTheRFCs(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := keyring.HOTP([]byte("12345678901234567890"), uint64(counter), 6); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}
