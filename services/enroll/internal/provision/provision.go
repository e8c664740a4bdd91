// Package provision writes down what an authenticator app needs: the seed as an otpauth URI, as text and as a QR code.
//
// It is the one place where a seed becomes text. What it returns goes into one reply and nowhere else.
package provision

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"strings"

	"github.com/pquerna/otp"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// A Seed is what is to be written down.
type Seed struct {
	Bytes     []byte
	Issuer    string        // the platform's name for people: no colon, which ends it in a label
	Account   events.Secret // the user's name for people
	Algorithm string        // enrollment.SHA1, SHA256 or SHA512
	Digits    int           // 6 to 8
	Period    int           // seconds
}

// ErrIncomplete says that a Seed lacks something or is out of bounds.
var ErrIncomplete = errors.New("seed lacks bytes, issuer, account, algorithm, digits or period")

// Write returns the answer to enrollment.provisioning. Its errors hold no secret.
func Write(s Seed) (enrollment.Provisioning, error) {
	key, err := s.key()
	if err != nil {
		return enrollment.Provisioning{}, fmt.Errorf("write otpauth URI: %w", err)
	}
	qr, err := draws(key)
	if err != nil {
		return enrollment.Provisioning{}, fmt.Errorf("draw QR code: %w", err)
	}
	return enrollment.Provisioning{
		URI: events.NewSecret(key.String()), Secret: events.NewSecret(key.Secret()),
		QRPNG:     events.NewSecret(base64.StdEncoding.EncodeToString(qr)),
		Algorithm: s.Algorithm, Digits: s.Digits, Period: s.Period,
	}, nil
}

func (s Seed) key() (*otp.Key, error) {
	known := s.Algorithm == enrollment.SHA1 || s.Algorithm == enrollment.SHA256 || s.Algorithm == enrollment.SHA512
	if !known || len(s.Bytes) == 0 || s.Digits < 6 || s.Digits > 8 || s.Period < 1 ||
		s.Issuer == "" || strings.Contains(s.Issuer, ":") || s.Account.IsZero() {
		return nil, ErrIncomplete
	}
	key, err := otp.NewKeyFromURL(s.uri())
	if err != nil {
		return nil, errors.New("issuer or account cannot stand in a URI") // the error itself would quote them
	}
	return key, nil
}

// uri is in the key URI format of authenticator apps. The library's own writer leaves & and / in names as they are, so that the
// issuer "A & B" would end after "A".
func (s Seed) uri() string {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.Bytes)
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=%s&digits=%d&period=%d",
		escape(s.Issuer), escape(s.Account.Reveal()), secret, escape(s.Issuer), s.Algorithm, s.Digits, s.Period)
}

// escape writes a space as %20: some apps show a plus. An at sign may stand, and some show what else stands for it.
func escape(text string) string {
	return strings.NewReplacer("+", "%20", "%40", "@").Replace(url.QueryEscape(text))
}

// The picture is square: a code scaled to whole pixels, and a white border that cameras need on dark pages.
const (
	codeSize = 512
	border   = 48
)

func draws(key *otp.Key) ([]byte, error) {
	code, err := key.Image(codeSize, codeSize)
	if err != nil {
		return nil, errors.New("issuer and account are too long")
	}
	page := image.NewPaletted(image.Rect(0, 0, codeSize+2*border, codeSize+2*border), color.Palette{color.White, color.Black})
	draw.Draw(page, code.Bounds().Add(image.Pt(border, border)), code, code.Bounds().Min, draw.Src)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, page)
	return b.Bytes(), err
}
