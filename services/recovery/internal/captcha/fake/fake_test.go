package fake_test

import (
	"testing"

	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/services/recovery/internal/captcha/fake"
)

func TestTheFakeIsAProvider(t *testing.T) {
	captchatest.Run(t, func(*testing.T) captchatest.Bench {
		p := fake.New()
		return captchatest.Bench{
			Provider: p, Field: fake.Field, Solve: p.Answer,
			Doubts: map[string]func(){"a provider that is down": func() { p.Fail(1) }},
		}
	})
}
