package recovery

import (
	"fmt"

	"countersign/pkg/worker"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/altcha"
	"countersign/services/recovery/internal/captcha/choose"
)

// Captcha says who makes and judges captchas.
type Captcha = captcha.Settings

// Config says how the pages are reached and what they demand.
type Config struct {
	Captcha  Captcha // the zero value is ALTCHA, which asks nobody
	Insecure bool    // by plain HTTP: for this machine alone, since cookies then travel in clear
}

// Worker is recovery, for worker.Start. Its pages are to be served at Base. Every fault of the configuration is in the error.
func Worker(c Config) (worker.Worker, error) {
	if c.Captcha.Provider == "" {
		c.Captcha.Provider = altcha.Name
	}
	if err := choose.Check(c.Captcha); err != nil {
		return worker.Worker{}, fmt.Errorf("choose captcha: %w", err)
	}
	return with(func(k worker.Kit) captcha.Provider {
		p, err := choose.New(c.Captcha, k.Rings.Shared)
		if err != nil {
			panic(err) // Check has made one of the same settings
		}
		return p
	}, c.Insecure), nil
}
