package siteverify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"countersign/services/recovery/internal/captcha"
)

const maxVerdict = 64 << 10 // bytes; real ones have some hundred

// A Verdict is what a provider said. Fields that it does not have are empty.
type Verdict struct {
	Success  bool     `json:"success"`
	Hostname string   `json:"hostname"`
	Action   string   `json:"action"` // Turnstile, reCAPTCHA v3
	CData    string   `json:"cdata"`  // Turnstile
	Score    *float64 `json:"score"`  // reCAPTCHA v3: 0 to 1
	Codes    []string `json:"error-codes"`
}

// ask asks once. Its errors hold nothing of what was told or answered, since an answer may quote the question.
func (p *Provider) ask(ctx context.Context, question url.Values) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.service.Endpoint, strings.NewReader(question.Encode()))
	if err != nil {
		return Verdict{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return Verdict{}, bare(err)
	}
	defer func() { _ = response.Body.Close() }()
	return read(response)
}

// bare takes off what net/http puts around an error.
func bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func read(r *http.Response) (Verdict, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(r.Body, maxVerdict+1))
	switch {
	case err != nil:
		return Verdict{}, fmt.Errorf("read verdict: %w", err)
	case r.StatusCode != http.StatusOK:
		return Verdict{}, fmt.Errorf("read verdict: status %d", r.StatusCode)
	case kind != "application/json":
		return Verdict{}, errors.New("read verdict: not JSON")
	case len(body) > maxVerdict:
		return Verdict{}, fmt.Errorf("read verdict: above %d bytes", maxVerdict)
	}
	var v Verdict
	if json.Unmarshal(body, &v) != nil {
		return Verdict{}, errors.New("read verdict: not one")
	}
	return v, nil
}

func (p *Provider) judge(b captcha.Binding, v Verdict) error {
	switch {
	case !v.Success || len(v.Codes) > 0:
		return refusal(v.Codes)
	case !strings.EqualFold(v.Hostname, p.config.Hostname):
		return fmt.Errorf("%w: solved on another host", captcha.ErrRefused)
	case p.service.Judge != nil:
		return p.service.Judge(b, v)
	}
	return nil
}

// refused are the codes that are about the answer; all others are about us, or about the provider.
var refused = []string{
	"missing-input-response", "invalid-input-response", "timeout-or-duplicate", // of all
	"expired-input-response", "already-seen-response", "invalid-or-already-seen-response", // hCaptcha
	"browser-error", // reCAPTCHA
}

// ours are the codes worth naming: an operator mends them, or waits.
var ours = []string{
	"missing-input-secret", "invalid-input-secret", "bad-request", "internal-error", // of all
	"sitekey-secret-mismatch", "not-using-dummy-passcode", "missing-remoteip", "invalid-remoteip", // hCaptcha
	"invalid-keys",
}

// refusal tells an answer that does not count from a question that went wrong.
func refusal(codes []string) error {
	for _, code := range codes {
		switch {
		case slices.Contains(ours, code):
			return fmt.Errorf("no verdict: %s", code)
		case !slices.Contains(refused, code):
			return errors.New("no verdict: a code that nobody knows")
		}
	}
	if len(codes) == 0 {
		return captcha.ErrRefused
	}
	return fmt.Errorf("%w: %s", captcha.ErrRefused, codes[0])
}
