// Package migration reads what Google Authenticator shows as "transfer accounts": otpauth-migration URIs, one a line, as they stand in
// its QR codes.
//
// An export of many accounts is several codes. Parse says which part of one is missing.
package migration

import (
	"encoding/base64"
	"io"
	"iter"
	"net/url"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

const again = "scan the QR code again"

// Parse is an importer.Parser. Accounts that share a code share its line. The user is the account's name, without the issuer in front.
func Parse(r io.Reader) iter.Seq2[importer.Record, error] {
	return func(yield func(importer.Record, error) bool) {
		parts := exports{}
		for record, err := range importer.Lines(r, parts.parse) {
			if !yield(record, err) {
				return
			}
		}
		for _, f := range parts.missing() {
			if !yield(importer.Record{}, f) {
				return
			}
		}
	}
}

func (e exports) parse(line int, text string) iter.Seq2[importer.Record, error] {
	raw, f := open(text)
	if f != nil {
		return importer.One(importer.Record{}, importer.First(line, f))
	}
	p, f := read(raw)
	if f != nil {
		return importer.One(importer.Record{}, importer.First(line, f))
	}
	e.note(line, p)
	return func(yield func(importer.Record, error) bool) {
		for _, a := range p.accounts {
			if !yield(a.record(line)) {
				return
			}
		}
	}
}

func open(text string) ([]byte, *importer.Fault) {
	u, err := url.Parse(text) // its error quotes the seeds
	if err != nil || !strings.EqualFold(u.Scheme, "otpauth-migration") {
		return nil, importer.Faultf("use one otpauth-migration://offline?data=… a line", "the line is not an otpauth-migration URI")
	}
	data := strings.ReplaceAll(u.Query().Get("data"), " ", "+") // a + that nobody escaped
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(raw) == 0 {
		return nil, importer.Faultf(again, "data is not base64")
	}
	return raw, nil
}

// record makes a record of an account. The format has no period: it is 30 s.
func (a account) record(line int) (importer.Record, error) {
	algorithm, digits, f := a.kind()
	if f != nil {
		return importer.Record{}, importer.First(line, f)
	}
	issuer, name, found := strings.Cut(a.name, ":")
	if !found {
		issuer, name = "", a.name
	}
	if a.issuer != "" {
		issuer = a.issuer
	}
	return importer.Record{
		Line: line, User: events.NewSecret(strings.TrimSpace(name)), Issuer: strings.TrimSpace(issuer),
		Seed: events.NewSecret(string(a.secret)), Algorithm: algorithm, Digits: digits,
	}.Check()
}

const anew = "enroll the user anew"

// kind reads the enumerations; 0 is "unspecified", which apps take for what is usual.
func (a account) kind() (algorithm string, digits int, f *importer.Fault) {
	algorithms := map[uint64]string{0: "", 1: enrollment.SHA1, 2: enrollment.SHA256, 3: enrollment.SHA512}
	algorithm, known := algorithms[a.algorithm]
	digits, counted := map[uint64]int{0: 0, 1: 6, 2: 8}[a.digits]
	switch {
	case a.kindOf == 1:
		return "", 0, importer.Faultf(anew, "the code is counter-based, not time-based")
	case a.kindOf != 2:
		return "", 0, importer.Faultf(anew, "the account is of a kind that is not known")
	case !known:
		return "", 0, importer.Faultf(anew, "the algorithm is not SHA1, SHA256 or SHA512")
	case !counted:
		return "", 0, importer.Faultf(anew, "the number of digits is not known")
	}
	return algorithm, digits, nil
}
