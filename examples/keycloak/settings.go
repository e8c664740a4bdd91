package keycloak

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"countersign/pkg/events"
)

const minSecret = 16 // bytes of what is shared with Keycloak or an application

// Settings come from the environment, where NAME_FILE may name a file that holds the value of NAME.
type Settings struct {
	Listen                  string // LISTEN
	Bus, Platform, User, CA string // NATS_URL, PLATFORM, NATS_USER, NATS_CA (a file)
	Password                events.Secret
	RealmID                 string // KEYCLOAK_REALM_ID
	Webhook, Asking         Credential
	Admin                   AdminConfig
}

// A reader keeps what is wrong, so that all of it is told at once.
type reader struct {
	Settings
	environ map[string]string
	faults  []error
}

// Load reads the settings, of which environ has lines NAME=value. Its error names all that are missing or wrong.
func Load(environ []string) (Settings, error) {
	s := &reader{environ: map[string]string{}}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		s.environ[name] = value
	}
	s.Listen = s.optional("LISTEN", "127.0.0.1:8090")
	s.Bus, s.User, s.CA = s.optional("NATS_URL", "nats://127.0.0.1:4222"), s.optional("NATS_USER", ""), s.optional("NATS_CA", "")
	s.Password = events.NewSecret(s.optional("NATS_PASSWORD", ""))
	s.Platform = s.required("PLATFORM", "the platform that the realm is on the bus")
	s.Webhook.Secret, s.Webhook.Token = s.shared("WEBHOOK_SECRET"), s.shared("WEBHOOK_TOKEN")
	if s.Webhook.none() {
		s.fault("WEBHOOK_SECRET is not set: give it what the listener signs with, or WEBHOOK_TOKEN the token that it bears")
	}
	if s.Asking.Token = s.shared("APPLICATION_TOKEN"); s.Asking.none() {
		s.fault("APPLICATION_TOKEN is not set: it is what applications bear that ask where a login stands")
	}
	s.keycloak()
	return s.Settings, errors.Join(s.faults...)
}

func (s *reader) keycloak() {
	s.Admin.URL = s.required("KEYCLOAK_URL", "where Keycloak is, such as https://login.example.com")
	s.Admin.Realm = s.required("KEYCLOAK_REALM", "the realm's name")
	s.RealmID = s.optional("KEYCLOAK_REALM_ID", s.Admin.Realm)
	s.Admin.ClientID = s.required("KEYCLOAK_CLIENT_ID", "the client as which sessions are ended")
	s.Admin.Secret = events.NewSecret(s.required("KEYCLOAK_CLIENT_SECRET", "the secret of that client"))
	if s.Admin.URL != "" && !safe(s.Admin.URL) {
		s.fault("KEYCLOAK_URL is not https: the client's secret goes there; http is for this machine alone")
	}
}

// safe reports whether a secret may go to the address.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

func (s *reader) shared(name string) events.Secret {
	value := s.optional(name, "")
	if value != "" && len(value) < minSecret {
		s.fault("%s has fewer than %d bytes: openssl rand -hex 32 makes one", name, minSecret)
	}
	return events.NewSecret(value)
}

func (s *reader) required(name, is string) string {
	value := s.optional(name, "")
	if value == "" {
		s.fault("%s is not set: it is %s", name, is)
	}
	return value
}

func (s *reader) optional(name, otherwise string) string {
	if path := s.environ[name+"_FILE"]; path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			s.fault("%s_FILE: %w", name, err)
		}
		return strings.TrimSpace(string(text))
	}
	if value := s.environ[name]; value != "" {
		return value
	}
	return otherwise
}

func (s *reader) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}
