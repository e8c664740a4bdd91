package captcha

import "countersign/pkg/events"

// Settings are those of the process that serves the pages, for runtime.Load. Package choose makes a Provider of them.
type Settings struct {
	Provider string        `env:"COUNTERSIGN_CAPTCHA" envDefault:"altcha" about:"it says who makes and judges the captchas of the pages" remedy:"use altcha, which asks nobody, or turnstile, hcaptcha, recaptcha_v2 or recaptcha_v3"`
	SiteKey  string        `env:"COUNTERSIGN_CAPTCHA_SITE_KEY" about:"it is our site key at the provider, which every page shows" remedy:"leave it out for altcha"`
	Secret   events.Secret `env:"COUNTERSIGN_CAPTCHA_SECRET" about:"it is the secret that belongs to COUNTERSIGN_CAPTCHA_SITE_KEY" remedy:"mount it and name it in COUNTERSIGN_CAPTCHA_SECRET_FILE; leave it out for altcha"`
	Hostname string        `env:"COUNTERSIGN_CAPTCHA_HOSTNAME" about:"it is the name where the pages are, as the provider sees it: an answer from elsewhere does not count" remedy:"use a name, without scheme and port; leave it out for altcha"`
	MinScore float64       `env:"COUNTERSIGN_CAPTCHA_MIN_SCORE" envDefault:"0.5" about:"it is the least score that counts, of recaptcha_v3 alone" remedy:"use 0.1 to 1"`
}
