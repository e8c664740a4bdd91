package trusttest

import (
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy ends TLS in front of the server of a mongodb:// URI and returns where it listens.
func Proxy(t testing.TB, uri string, c tls.Certificate) (address string) {
	t.Helper()
	return ProxyWith(t, uri, &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12})
}

// ProxyWith is Proxy with all that TLS can ask for.
func ProxyWith(t testing.TB, uri string, line *tls.Config) (address string) {
	t.Helper()
	target, err := url.Parse(uri)
	must(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", line)
	must(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { carry(in, target.Host) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return l.Addr().String()
}

// carry ends when one side does.
func carry(in net.Conn, to string) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
	_, _ = io.Copy(out, in)
	_ = out.Close()
	back.Wait()
}

// WithTLS is the URI of a store at an address that authority, a file, vouches for.
func WithTLS(address, authority string) string {
	return "mongodb://" + address + "/?tls=true&directConnection=true&tlsCAFile=" + url.QueryEscape(authority)
}
