package main

import (
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/worker/process"
	"countersign/services/notifier"
	"countersign/services/notifier/internal/channel/smtp"
	"countersign/services/notifier/internal/channel/twilio"
)

type settings struct {
	process.Settings
	Mail mail
	Text text
}

// mail is the relay; who vouches for it is what the system trusts, which SSL_CERT_FILE can change.
type mail struct {
	Host     string        `env:"COUNTERSIGN_SMTP_HOST,required" about:"it is the relay that takes mails; its certificate must be for this name" remedy:"use a name, without a port"`
	Port     uint16        `env:"COUNTERSIGN_SMTP_PORT" envDefault:"587" about:"it is the relay's port" remedy:"use 587 with starttls, 465 with implicit"`
	TLS      string        `env:"COUNTERSIGN_SMTP_TLS" envDefault:"starttls" about:"it says how the line to the relay is protected" remedy:"use starttls or implicit; none is for this machine alone"`
	User     string        `env:"COUNTERSIGN_SMTP_USER" about:"it is our user at the relay" remedy:"leave it out where nobody logs in"`
	Password events.Secret `env:"COUNTERSIGN_SMTP_PASSWORD" about:"it is the password of COUNTERSIGN_SMTP_USER" remedy:"mount it and name it in COUNTERSIGN_SMTP_PASSWORD_FILE"`
	From     string        `env:"COUNTERSIGN_SMTP_FROM,required" about:"it is the sender of every mail" remedy:"use an address, with or without a name: Acme <no-reply@acme.example>"`
}

type text struct {
	Account  string        `env:"COUNTERSIGN_TWILIO_ACCOUNT_SID,required" about:"it is our account at Twilio" remedy:"use AC and 32 letters or digits"`
	Token    events.Secret `env:"COUNTERSIGN_TWILIO_AUTH_TOKEN,required" about:"it is the auth token of the account" remedy:"mount it and name it in COUNTERSIGN_TWILIO_AUTH_TOKEN_FILE"`
	From     string        `env:"COUNTERSIGN_TWILIO_FROM" about:"it is the sender of every text" remedy:"use a number, a short code or a name, or set COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID"`
	Service  string        `env:"COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID" about:"it is the service that picks a sender" remedy:"use MG and 32 letters or digits"`
	Callback string        `env:"COUNTERSIGN_TWILIO_STATUS_CALLBACK" about:"it is the public URL that Twilio tells of deliveries" remedy:"leave it out: nobody is told then"`
	BaseURL  string        `env:"COUNTERSIGN_TWILIO_BASE_URL" about:"it is where Twilio's API is, for a proxy or a stand-in" remedy:"leave it out for Twilio's own"`
}

func (s *settings) providers() notifier.Config {
	return notifier.Config{
		SMTP: notifier.SMTP{
			Host: s.Mail.Host, Port: int(s.Mail.Port), TLS: smtp.TLSPolicy(s.Mail.TLS),
			User: s.Mail.User, Password: s.Mail.Password, From: s.Mail.From,
		},
		Twilio: notifier.Twilio{
			AccountSID: s.Text.Account, AuthToken: s.Text.Token, From: s.Text.From, MessagingServiceSID: s.Text.Service,
			StatusCallback: s.Text.Callback, BaseURL: s.Text.BaseURL,
		},
	}
}

// Check names what the tags cannot say.
func (s *settings) Check() error {
	return errors.Join(s.Settings.Check(), s.checkMail(), s.checkText())
}

func (s *settings) checkMail() error {
	if s.Mail.Host == "" || s.Mail.From == "" {
		return nil // that is told already
	}
	_, err := smtp.New(s.providers().SMTP)
	return named("COUNTERSIGN_SMTP_", err)
}

func (s *settings) checkText() error {
	if s.Text.Account == "" || s.Text.Token.IsZero() {
		return nil // likewise
	}
	_, err := twilio.New(s.providers().Twilio)
	return named("COUNTERSIGN_TWILIO_", err)
}

// named says a channel's complaints, "set up twilio: account SID: …" and one line for each further one, of the settings: the names are alike.
func named(prefix string, err error) error {
	if err == nil {
		return nil
	}
	var all []error
	for line := range strings.Lines(err.Error()) {
		parts := strings.SplitN(strings.TrimSpace(line), ": ", 3)
		if parts[0] == "set up smtp" || parts[0] == "set up twilio" {
			parts = parts[1:]
		}
		setting := prefix + strings.ToUpper(strings.ReplaceAll(parts[0], " ", "_"))
		all = append(all, fmt.Errorf("%s: %s", setting, strings.Join(parts[1:], ": ")))
	}
	return errors.Join(all...)
}
