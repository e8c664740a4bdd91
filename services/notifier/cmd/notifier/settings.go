package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/process"
	"countersign/services/notifier"
	"countersign/services/notifier/internal/bounce"
	"countersign/services/notifier/internal/channel/gateway"
	"countersign/services/notifier/internal/channel/smtp"
	"countersign/services/notifier/internal/channel/twilio"
)

type settings struct {
	process.Settings
	Mail mail
	Text text
	Gate gate
	Back back

	Templates string `env:"COUNTERSIGN_TEMPLATES_FOLDER" about:"it is a folder of what platforms write in their own words, <platform>/<language>.yaml" remedy:"see countersign templates preview; leave it out where nobody does"`

	Listen string `env:"COUNTERSIGN_NOTIFIER_LISTEN" envDefault:":8080" about:"it is where providers tell of deliveries, as plain HTTP; nothing listens without COUNTERSIGN_TWILIO_STATUS_CALLBACK" remedy:"use host:port"`
}

// mail is the relay; who vouches for it is what the system trusts, which SSL_CERT_FILE can change.
type mail struct {
	Host     string        `env:"COUNTERSIGN_SMTP_HOST" about:"it is the relay that takes mails; its certificate must be for this name" remedy:"use a name, without a port; leave it out where no policy needs mails"`
	Port     uint16        `env:"COUNTERSIGN_SMTP_PORT" envDefault:"587" about:"it is the relay's port" remedy:"use 587 with starttls, 465 with implicit"`
	TLS      string        `env:"COUNTERSIGN_SMTP_TLS" envDefault:"starttls" about:"it says how the line to the relay is protected" remedy:"use starttls or implicit; none is for this machine alone"`
	User     string        `env:"COUNTERSIGN_SMTP_USER" about:"it is our user at the relay" remedy:"leave it out where nobody logs in"`
	Password events.Secret `env:"COUNTERSIGN_SMTP_PASSWORD" about:"it is the password of COUNTERSIGN_SMTP_USER" remedy:"mount it and name it in COUNTERSIGN_SMTP_PASSWORD_FILE"`
	From     string        `env:"COUNTERSIGN_SMTP_FROM" about:"it is the sender of every mail" remedy:"use an address, with or without a name: Acme <no-reply@acme.example>"`
	Idle     time.Duration `env:"COUNTERSIGN_SMTP_IDLE" envDefault:"5s" about:"it is how long a connection to the relay is kept for the next mail" remedy:"use less than the relay's own, at most 5m; 0s gives each mail a connection of its own"`
}

// idle is as the channel wants it: its zero is the default.
func (m mail) idle() time.Duration {
	if m.Idle == 0 {
		return -1
	}
	return m.Idle
}

type text struct {
	Account  string        `env:"COUNTERSIGN_TWILIO_ACCOUNT_SID" about:"it is our account at Twilio" remedy:"use AC and 32 letters or digits; leave it out where no policy needs texts, or a gateway takes them"`
	Token    events.Secret `env:"COUNTERSIGN_TWILIO_AUTH_TOKEN" about:"it is the auth token of the account" remedy:"mount it and name it in COUNTERSIGN_TWILIO_AUTH_TOKEN_FILE"`
	Former   events.Secret `env:"COUNTERSIGN_TWILIO_FORMER_TOKEN" about:"it is the token that still signs reports while tokens are being exchanged" remedy:"leave it out at other times"`
	From     string        `env:"COUNTERSIGN_TWILIO_FROM" about:"it is the sender of every text" remedy:"use a number, a short code or a name, or set COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID"`
	Service  string        `env:"COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID" about:"it is the service that picks a sender" remedy:"use MG and 32 letters or digits"`
	Callback string        `env:"COUNTERSIGN_TWILIO_STATUS_CALLBACK" about:"it is the public URL below which Twilio tells of deliveries; what stands before COUNTERSIGN_NOTIFIER_LISTEN ends TLS and keeps its path" remedy:"use https; leave it out: nobody is told then"`
	BaseURL  string        `env:"COUNTERSIGN_TWILIO_BASE_URL" about:"it is where Twilio's API is, for a proxy or a stand-in" remedy:"leave it out for Twilio's own"`
}

// gate is a provider of texts that is asked where Twilio is at fault, or alone.
type gate struct {
	URL           string        `env:"COUNTERSIGN_SMS_GATEWAY_URL" about:"it is an address that takes a POST for each text" remedy:"use https; leave it out for none"`
	Form          string        `env:"COUNTERSIGN_SMS_GATEWAY_FORM" envDefault:"application/json" about:"it is how the gateway's body is written" remedy:"use application/json or application/x-www-form-urlencoded"`
	Body          string        `env:"COUNTERSIGN_SMS_GATEWAY_BODY" about:"it is the body of each request to the gateway" remedy:"write {to} and {text} where they belong, and {id} and {seconds} where wished"`
	Authorization events.Secret `env:"COUNTERSIGN_SMS_GATEWAY_AUTHORIZATION" about:"it is the gateway's Authorization header" remedy:"mount it and name it in COUNTERSIGN_SMS_GATEWAY_AUTHORIZATION_FILE"`
	Reference     string        `env:"COUNTERSIGN_SMS_GATEWAY_REFERENCE" about:"it is the field of the gateway's answer that names the text" remedy:"leave it out where there is none"`
	BadNumber     string        `env:"COUNTERSIGN_SMS_GATEWAY_BAD_NUMBER" about:"it is a regular expression on answers of 4xx that refuse the number itself" remedy:"leave it out where there is none"`
}

// back is where mails come back to that the relay gives up.
type back struct {
	Listen string `env:"COUNTERSIGN_BOUNCE_LISTEN" about:"it is where the relay returns mails that it cannot deliver, by SMTP; every mail has a return path of its own then" remedy:"use host:port, which your relay alone can reach; leave it out: mails go back to COUNTERSIGN_SMTP_FROM, and users with a bad address are not marked"`
	Domain string `env:"COUNTERSIGN_BOUNCE_DOMAIN" about:"it is the domain of return paths, which your relay routes to COUNTERSIGN_BOUNCE_LISTEN" remedy:"use a name of its own, below the sender's domain for DMARC: bounces.acme.example"`
}

func (b back) bounces() notifier.Bounces {
	if b == (back{}) {
		return notifier.Bounces{}
	}
	return notifier.Bounces{Domain: b.Domain, Listen: func(ctx context.Context) (net.Listener, error) {
		return new(net.ListenConfig).Listen(ctx, "tcp", b.Listen)
	}}
}

func (s *settings) providers() notifier.Config {
	return notifier.Config{
		Templates: s.Templates, Bounces: s.Back.bounces(),
		SMTP: notifier.SMTP{
			Host: s.Mail.Host, Port: int(s.Mail.Port), TLS: smtp.TLSPolicy(s.Mail.TLS),
			User: s.Mail.User, Password: s.Mail.Password, From: s.Mail.From, Idle: s.Mail.idle(),
		},
		Twilio: notifier.Twilio{
			AccountSID: s.Text.Account, AuthToken: s.Text.Token, FormerToken: s.Text.Former, From: s.Text.From, MessagingServiceSID: s.Text.Service,
			StatusCallback: s.Text.Callback, BaseURL: s.Text.BaseURL,
		},
		Gateway: notifier.Gateway{
			URL: s.Gate.URL, Form: gateway.Form(s.Gate.Form), Body: s.Gate.Body, Authorization: s.Gate.Authorization,
			Reference: s.Gate.Reference, BadNumber: s.Gate.BadNumber,
		},
	}
}

// pages is where providers report; "" where none does.
func (s *settings) pages() string {
	if s.Text.Callback == "" {
		return ""
	}
	return s.Listen
}

// Check names what the tags cannot say.
func (s *settings) Check() error {
	return errors.Join(s.Settings.Check(), s.checkMail(), s.checkText(), s.checkGate(), s.checkBack(), s.checkNeeds(), s.checkTemplates())
}

func (s *settings) checkMail() error {
	if s.Mail.Host == "" && s.Mail.From == "" && s.Mail.User == "" && s.Mail.Password.IsZero() {
		return nil // no mails are sent
	}
	_, err := smtp.New(s.providers().SMTP)
	return named("COUNTERSIGN_SMTP_", err)
}

func (s *settings) checkText() error {
	if s.Text == (text{}) {
		return nil // no texts are sent by it
	}
	_, err := twilio.New(s.providers().Twilio)
	return named("COUNTERSIGN_TWILIO_", err)
}

func (s *settings) checkGate() error {
	if s.Gate == (gate{Form: s.Gate.Form}) {
		return nil // likewise
	}
	_, err := gateway.New(s.providers().Gateway)
	return named("COUNTERSIGN_SMS_GATEWAY_", err)
}

func (s *settings) checkBack() error {
	var wrong []error
	if _, _, err := net.SplitHostPort(s.Back.Listen); s.Back.Domain != "" && err != nil {
		wrong = append(wrong, fmt.Errorf("COUNTERSIGN_BOUNCE_LISTEN: %q is not host:port, and COUNTERSIGN_BOUNCE_DOMAIN is set", s.Back.Listen))
	}
	if s.Back.Listen != "" && !bounce.IsDomain(s.Back.Domain) {
		wrong = append(wrong, fmt.Errorf("COUNTERSIGN_BOUNCE_DOMAIN: %q is no domain, and COUNTERSIGN_BOUNCE_LISTEN is set", s.Back.Domain))
	}
	if s.Back != (back{}) && s.Mail.Host == "" {
		wrong = append(wrong, errors.New("COUNTERSIGN_BOUNCE_LISTEN is set, and no mails are sent: set COUNTERSIGN_SMTP_HOST"))
	}
	return errors.Join(wrong...)
}

func (s *settings) checkTemplates() error {
	if _, err := notifier.Preview(s.Templates, "any", notifier.Look{Brand: "Any", Locale: "en"}); err != nil {
		return fmt.Errorf("COUNTERSIGN_TEMPLATES_FOLDER: %w", err)
	}
	set, err := policy.Load(s.Policy)
	if err != nil {
		return nil // told by whoever reads it next
	}
	var faults []error
	for _, p := range set.All() {
		if _, err := notifier.Preview(s.Templates, p.Platform, notifier.Look{Brand: p.Brand, Host: p.SMS.Host}); err != nil {
			faults = append(faults, fmt.Errorf("COUNTERSIGN_TEMPLATES_FOLDER: platform %s: %w", p.Platform, err))
		}
	}
	return errors.Join(faults...)
}

// named says a channel's complaints, "set up twilio: account SID: …" and one line for each further one, of the settings: the names are alike.
func named(prefix string, err error) error {
	if err == nil {
		return nil
	}
	var all []error
	for line := range strings.Lines(err.Error()) {
		parts := strings.SplitN(strings.TrimSpace(line), ": ", 3)
		if strings.HasPrefix(parts[0], "set up ") {
			parts = parts[1:]
		}
		setting := prefix + strings.ToUpper(strings.ReplaceAll(parts[0], " ", "_"))
		all = append(all, fmt.Errorf("%s: %s", setting, strings.Join(parts[1:], ": ")))
	}
	return errors.Join(all...)
}
