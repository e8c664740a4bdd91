package sending

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
)

const (
	account  = "AC00000000000000000000000000000001"
	token    = "00000000000000000000000000000002"
	relay    = "notifier" // a user at it
	password = "relay-password"
)

// A call is how a provider took a code.
type call struct {
	begun time.Time     // a request's first line, a mail's MAIL
	own   time.Duration // that the provider took for itself
	taken time.Time     // by then, the answer to be written
}

// far are a relay and a stand-in of Twilio's API, which take their time.
type far struct {
	own   time.Duration
	file  string // of who vouches for them
	mails *sink.SMTP
	texts *sink.Twilio
	api   *http.Server
	ports [2]int // of the relay, of the API

	mu    sync.Mutex
	calls map[string]call // by address or number
}

func openFar(dir string, own time.Duration) (*far, error) {
	f := &far{own: own, file: filepath.Join(dir, "authority.pem"), calls: map[string]call{}}
	vouched, err := certificate(f.file)
	if err != nil {
		return nil, err
	}
	inbox, log := sink.NewInbox(sink.InboxOptions{}), slog.New(slog.DiscardHandler)
	secure := &tls.Config{Certificates: []tls.Certificate{vouched}}
	f.mails, err = sink.NewSMTP(sink.SMTPOptions{Inbox: inbox, TLS: secure, User: relay, Password: password, Takes: f.takes, Log: log})
	if err != nil {
		return nil, err
	}
	f.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: inbox, AccountSID: account, AuthToken: token, Takes: f.takes, Log: log})
	if err != nil {
		return nil, err
	}
	f.api = &http.Server{Handler: f.texts, TLSConfig: secure, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)}
	f.api.Protocols = new(http.Protocols) // one call at a time on each connection: the harder case
	f.api.Protocols.SetHTTP1(true)
	return f, f.listen()
}

func (f *far) listen() error {
	var all [2]net.Listener
	for i := range all {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		all[i], f.ports[i] = l, l.Addr().(*net.TCPAddr).Port
	}
	go func() { _ = f.mails.Serve(all[0]) }()
	go func() { _ = f.api.ServeTLS(all[1], "", "") }()
	return nil
}

func (f *far) close() error {
	err := errors.Join(f.mails.Close(), f.api.Close())
	f.texts.Close()
	return err
}

// takes takes the time of a provider: half of its own to one and a half.
func (f *far) takes(c sink.Call) {
	came := time.Now()
	time.Sleep(f.own/2 + mathrand.N(f.own+1))
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, twice := f.calls[c.To]; !twice { // twice is found in the streams
		f.calls[c.To] = call{begun: c.Begun, own: now.Sub(came), taken: now}
	}
}

// providers are how the notifier finds them.
func providers(ports [2]int) notifier.Config {
	return notifier.Config{
		SMTP: notifier.SMTP{
			Host: "127.0.0.1", Port: ports[0], TLS: notifier.StartTLS, User: relay, Password: events.NewSecret(password),
			From: "Acme <no-reply@acme.example>",
		},
		Twilio: notifier.Twilio{
			BaseURL: fmt.Sprintf("https://127.0.0.1:%d", ports[1]), AccountSID: account, AuthToken: events.NewSecret(token), From: sink.ValidFrom,
		},
	}
}

// certificate is for this machine; who vouches for it is written to the file.
func certificate(file string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, own, own, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, os.WriteFile(file, text, 0o600)
}
