package trust_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/trust"
	"countersign/pkg/worker/trust/trusttest"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A MongoDB-compatible server behind a proxy that ends TLS.
func TestAStoreIsBelievedOnlyWithItsCertificate(t *testing.T) {
	t.Parallel()
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	ours, another := trusttest.NewAuthority(t), trusttest.NewAuthority(t)
	for name, c := range map[string]struct {
		server trusttest.Certificate
		from   trusttest.Authority
		want   string // part of the error; empty: it works
	}{
		"the right one":           {from: ours},
		"an expired one":          {trusttest.Certificate{Since: -2 * time.Hour, Until: -time.Hour}, ours, "a certificate that is valid now"},
		"one of tomorrow":         {trusttest.Certificate{Since: 24 * time.Hour, Until: 48 * time.Hour}, ours, "a certificate that is valid now"},
		"one of another server":   {trusttest.Certificate{Name: "db-1.example.org"}, ours, "STORE must have a name that its certificate has"},
		"one of another's making": {trusttest.Certificate{}, another, "AUTHORITY must name who vouches for the store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxied := trusttest.Proxy(t, uri, c.from.Issue(t, c.server))
			err := trust.Explain(greet(t, trusttest.WithTLS(proxied, ours.File)), trust.Server{Is: "the store", Address: "STORE", Authority: "AUTHORITY"})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A store that asks for certificates: the URI names ours. The proxy has TLS 1.2, where a refusal is part of the handshake; with 1.3 it may be lost
// behind what the driver writes at once.
func TestAStoreThatAsksForACertificate(t *testing.T) {
	t.Parallel()
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	ours, another := trusttest.NewAuthority(t), trusttest.NewAuthority(t)
	const wrong = "OURS must name a certificate of ours that is valid now"
	for name, c := range map[string]struct {
		from trusttest.Authority
		is   trusttest.Certificate
		want string // part of the error; empty: it works
	}{
		"the right one":           {from: ours, is: trusttest.Certificate{Client: true}},
		"an expired one":          {ours, trusttest.Certificate{Client: true, Since: -2 * time.Hour, Until: -time.Hour}, wrong},
		"one of another's making": {another, trusttest.Certificate{Client: true}, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := ours.Demand(ours.Issue(t, trusttest.Certificate{}))
			line.MaxVersion = tls.VersionTLS12
			own := trusttest.File(t, c.from.Issue(t, c.is))
			proxied := trusttest.WithTLS(trusttest.ProxyWith(t, uri, line), ours.File) + "&tlsCertificateKeyFile=" + url.QueryEscape(own)
			err := trust.Explain(greet(t, proxied), trust.Server{Is: "the store", Ours: "OURS"})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func greet(t *testing.T, uri string) error {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(2 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	return client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "ping", Value: 1}}).Err()
}

func TestOtherErrorsStayAsTheyAre(t *testing.T) {
	away := errors.New("connection refused")
	if err := trust.Explain(away, trust.Server{}); err != away || trust.Explain(nil, trust.Server{}) != nil {
		t.Errorf("got %v", err)
	}
}
