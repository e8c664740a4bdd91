// Package solver does what the widget of ALTCHA does, for tests without a browser.
package solver

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/services/recovery/internal/captcha"
)

// Solve gives what the widget of a page would put into the form.
func Solve(page captcha.Page) (string, error) {
	for _, a := range page.Widget.Attributes {
		if a.Name == "challenge" {
			return solve(a.Value)
		}
	}
	return "", errors.New("solve challenge: the widget has none")
}

func solve(text string) (string, error) {
	var challenge map[string]any // as it came: the widget gives back what it does not know
	var given struct {
		Parameters struct {
			Cost, KeyLength        int
			KeyPrefix, Nonce, Salt string
		}
	}
	if err := errors.Join(json.Unmarshal([]byte(text), &challenge), json.Unmarshal([]byte(text), &given)); err != nil {
		return "", fmt.Errorf("read challenge: %w", err)
	}
	p := given.Parameters
	counter, key, err := search(p.Nonce, p.Salt, p.KeyPrefix, p.Cost, p.KeyLength)
	if err != nil {
		return "", fmt.Errorf("solve challenge: %w", err)
	}
	answer, err := json.Marshal(map[string]any{
		"challenge": challenge,
		"solution":  map[string]any{"counter": counter, "derivedKey": hex.EncodeToString(key), "time": 12.3},
	})
	return base64.StdEncoding.EncodeToString(answer), err
}

const most = 100_000

func search(nonce, salt, prefix string, cost, size int) (counter uint32, key []byte, err error) {
	texts := [3][]byte{}
	for i, text := range []string{nonce, salt, prefix} {
		if texts[i], err = hex.DecodeString(text); err != nil {
			return 0, nil, err
		}
	}
	for ; counter < most; counter++ {
		password := binary.BigEndian.AppendUint32(bytes.Clone(texts[0]), counter)
		if key, err = pbkdf2.Key(sha256.New, string(password), texts[1], cost, size); err != nil || bytes.HasPrefix(key, texts[2]) {
			return counter, key, err
		}
	}
	return 0, nil, errors.New("no counter fits")
}
