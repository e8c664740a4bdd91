// Package choose makes the captcha provider that the settings name.
package choose

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/altcha"
	"countersign/services/recovery/internal/captcha/hcaptcha"
	"countersign/services/recovery/internal/captcha/recaptcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"countersign/services/recovery/internal/captcha/turnstile"
)

// Shared gives secrets that all replicas have alike: keyring.Rings.Shared.
type Shared func(use string, period int64) []byte

// providers are all that can be chosen.
var providers = []struct {
	name string
	open func(captcha.Settings, Shared) (captcha.Provider, error)
}{
	{altcha.Name, own},
	{turnstile.Name, remote(turnstile.New)},
	{hcaptcha.Name, remote(hcaptcha.New)},
	{recaptcha.NameV2, remote(recaptcha.NewV2)},
	{recaptcha.NameV3, scored},
}

// New makes the provider. An error has one line for each setting at fault, and no value of one.
func New(s captcha.Settings, shared Shared) (captcha.Provider, error) {
	for _, p := range providers {
		if p.name == s.Provider {
			made, err := p.open(s, shared)
			return made, named(err)
		}
	}
	return nil, fmt.Errorf("COUNTERSIGN_CAPTCHA: want one of %s", strings.Join(Names(), ", "))
}

// Check says what New would, before there are secrets to share.
func Check(s captcha.Settings) error {
	_, err := New(s, nil)
	return err
}

// Names are the providers that can be chosen.
func Names() (all []string) {
	for _, p := range providers {
		all = append(all, p.name)
	}
	return all
}

// own takes no settings. One that is there was meant for a provider that nobody has named.
func own(s captcha.Settings, shared Shared) (captcha.Provider, error) {
	var wrong []error
	for _, set := range []struct {
		name string
		is   bool
	}{{"site key", s.SiteKey != ""}, {"secret", !s.Secret.IsZero()}, {"hostname", s.Hostname != ""}} {
		if set.is {
			wrong = append(wrong, fmt.Errorf("%s: altcha has none; leave it out, or name its provider in COUNTERSIGN_CAPTCHA", set.name))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return altcha.New(altcha.Config{Shared: shared}), nil
}

func remote(open func(siteverify.Config) (*siteverify.Provider, error)) func(captcha.Settings, Shared) (captcha.Provider, error) {
	return func(s captcha.Settings, _ Shared) (captcha.Provider, error) { return provider(open(account(s))) }
}

func scored(s captcha.Settings, _ Shared) (captcha.Provider, error) {
	return provider(recaptcha.NewV3(recaptcha.ConfigV3{Config: account(s), MinScore: s.MinScore}))
}

func account(s captcha.Settings) siteverify.Config {
	return siteverify.Config{SiteKey: s.SiteKey, Secret: s.Secret, Hostname: s.Hostname}
}

// provider keeps a nil pointer from looking like a provider.
func provider(p *siteverify.Provider, err error) (captcha.Provider, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// about are the parts of a config, as its faults begin with them: the settings are called alike.
var about = []string{"site key", "secret", "hostname", "min score"}

// named says faults of the settings.
func named(err error) error {
	if err == nil {
		return nil
	}
	var all []error
	for line := range strings.Lines(err.Error()) {
		part, what, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !slices.Contains(about, part) {
			return err
		}
		all = append(all, fmt.Errorf("COUNTERSIGN_CAPTCHA_%s: %s", strings.ToUpper(strings.ReplaceAll(part, " ", "_")), what))
	}
	return errors.Join(all...)
}
