// Package trusttest makes authorities and certificates for tests, and puts TLS in front of a server that has none.
package trusttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Authority vouches for servers and for those who connect.
type Authority struct {
	File        string // its certificate in PEM
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// A Certificate says what is vouched for; its zero value is this machine, from a minute ago for an hour.
type Certificate struct {
	Name         string        // of a machine elsewhere
	Client       bool          // it is for who connects, and for nobody who listens
	Since, Until time.Duration // from now
}

// NewAuthority makes one that nobody knows yet.
func NewAuthority(t testing.TB) Authority {
	t.Helper()
	a := Authority{File: filepath.Join(t.TempDir(), "authority.pem"), key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(72 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	must(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	must(t, err)
	must(t, os.WriteFile(a.File, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return a
}

// Demand is what a server has that shows own and asks everybody for a certificate of a's.
func (a Authority) Demand(own tls.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
}

// Issue makes a certificate and its key.
func (a Authority) Issue(t testing.TB, c Certificate) tls.Certificate {
	t.Helper()
	if c.Since == 0 && c.Until == 0 {
		c.Since, c.Until = -time.Minute, time.Hour
	}
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: "server"}, NotBefore: time.Now().Add(c.Since), NotAfter: time.Now().Add(c.Until),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if c.Client {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if c.Name != "" {
		template.DNSNames = []string{c.Name}
	} else {
		template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Files writes a certificate and its key as files in PEM.
func Files(t testing.TB, c tls.Certificate) (cert, key string) {
	t.Helper()
	secret, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	must(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key
}

// File writes a certificate and its key as one file in PEM, as a MongoDB URI names it.
func File(t testing.TB, c tls.Certificate) string {
	t.Helper()
	cert, key := Files(t, c)
	a, err := os.ReadFile(cert)
	must(t, err)
	b, err := os.ReadFile(key)
	must(t, err)
	path := filepath.Join(t.TempDir(), "both.pem")
	must(t, os.WriteFile(path, append(a, b...), 0o600))
	return path
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(t, err)
	return n
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
