package importer

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// separators are what people put between the groups of a seed.
var separators = strings.NewReplacer(" ", "", "-", "")

// Base32 decodes a seed as apps show it: any case, with or without padding, spaces and dashes between groups.
func Base32(text string) (events.Secret, *Fault) {
	bare := strings.TrimRight(strings.ToUpper(separators.Replace(text)), "=")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(bare)
	return decoded(raw, err, "base32")
}

// Hex decodes a seed in hexadecimal of any case.
func Hex(text string) (events.Secret, *Fault) {
	raw, err := hex.DecodeString(separators.Replace(text))
	return decoded(raw, err, "hexadecimal")
}

// Base64 decodes a seed in either alphabet, with or without padding.
func Base64(text string) (events.Secret, *Fault) {
	bare := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text)), "=")
	raw, err := base64.RawStdEncoding.DecodeString(bare)
	return decoded(raw, err, "base64")
}

func decoded(raw []byte, err error, name string) (events.Secret, *Fault) {
	if err != nil || len(raw) == 0 {
		return events.Secret{}, Faultf("export it again, or enroll the user anew", "the seed is not %s", name)
	}
	return events.NewSecret(string(raw)), nil
}

// Algorithm reads the many ways to write one of three names; empty is the default.
func Algorithm(text string) (string, *Fault) {
	name := strings.NewReplacer("-", "", "_", "", "/", "", " ", "").Replace(strings.ToUpper(text))
	switch strings.TrimPrefix(name, "HMAC") {
	case "":
		return "", nil
	case "SHA1", "SHA":
		return enrollment.SHA1, nil
	case "SHA256":
		return enrollment.SHA256, nil
	case "SHA512":
		return enrollment.SHA512, nil
	}
	return "", Faultf("enroll the user anew", "the algorithm is not SHA1, SHA256 or SHA512")
}

// Number reads a small number; empty is the default, which is 0.
func Number(name, text string) (int, *Fault) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil || n == 0 {
		return 0, Faultf("correct it, or leave it out for the usual one", "%s is not a whole number", name)
	}
	return int(n), nil
}

// Seconds reads a period; empty is the default, which is 0.
func Seconds(name, text string) (time.Duration, *Fault) {
	n, f := Number(name, text)
	return time.Duration(n) * time.Second, f
}

// First returns the first fault, as an error of a line; nil when there is none.
func First(line int, faults ...*Fault) error {
	for _, f := range faults {
		if f != nil {
			return &Fault{line, f.What, f.Remedy}
		}
	}
	return nil
}
