// Package otpauth reads otpauth URIs, one a line: what a QR code for an authenticator app says, and what many servers and apps export.
package otpauth

import (
	"io"
	"iter"
	"net/url"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

// Parse is an importer.Parser. The user is the account of the label, without the issuer in front.
func Parse(r io.Reader) iter.Seq2[importer.Record, error] {
	return importer.Lines(r, func(line int, text string) iter.Seq2[importer.Record, error] {
		return importer.One(parse(line, text))
	})
}

func parse(line int, text string) (importer.Record, error) {
	u, err := url.Parse(text) // its error quotes the seed
	if err != nil || !strings.EqualFold(u.Scheme, "otpauth") {
		return importer.Record{}, importer.First(line, importer.Faultf("use one otpauth://totp/… a line", "the line is not an otpauth URI"))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if f := kind(u, query, err); f != nil {
		return importer.Record{}, importer.First(line, f)
	}
	issuer, account := label(u.Path)
	if given := query.Get("issuer"); given != "" {
		issuer = given
	}
	seed, f1 := importer.Base32(query.Get("secret"))
	algorithm, f2 := importer.Algorithm(query.Get("algorithm"))
	digits, f3 := importer.Number("digits", query.Get("digits"))
	period, f4 := importer.Seconds("period", query.Get("period"))
	if err := importer.First(line, f1, f2, f3, f4); err != nil {
		return importer.Record{}, err
	}
	return importer.Record{
		Line: line, User: events.NewSecret(account), Issuer: issuer, Seed: seed, Algorithm: algorithm, Digits: digits, Period: period,
	}.Check()
}

func kind(u *url.URL, query url.Values, err error) *importer.Fault {
	const again = "export it again"
	switch {
	case strings.EqualFold(u.Host, "hotp"):
		return importer.Faultf("enroll the user anew", "the code is counter-based, not time-based")
	case !strings.EqualFold(u.Host, "totp"):
		return importer.Faultf("enroll the user anew", "the URI is of a kind that nobody else knows")
	case err != nil:
		return importer.Faultf(again, "the parameters cannot be read")
	}
	for _, name := range []string{"secret", "issuer", "algorithm", "digits", "period"} {
		if len(query[name]) > 1 {
			return importer.Faultf(again, "%s comes twice", name)
		}
	}
	if query.Get("secret") == "" {
		return importer.Faultf(again, "secret is missing")
	}
	return nil
}

// label splits "/Issuer:account", which url.Parse has decoded.
func label(path string) (issuer, account string) {
	path = strings.TrimPrefix(path, "/")
	issuer, account, found := strings.Cut(path, ":")
	if !found {
		return "", strings.TrimSpace(path)
	}
	return strings.TrimSpace(issuer), strings.TrimSpace(account)
}
