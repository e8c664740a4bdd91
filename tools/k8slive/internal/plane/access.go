package plane

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

const loopback = "127.0.0.1"

// access is what the servers prove themselves by, and what an administrator shows them.
type access struct {
	cert, key  string // of all servers; the first file vouches for itself
	accounts   string // signs the tokens of service accounts
	tokens     string // whom the API server knows
	kubeconfig string
	token      string
	roots      []byte
}

func newAccess(dir, server string) (access, error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	a := access{cert: in("tls.crt"), key: in("tls.key"), accounts: in("accounts.key"), tokens: in("tokens.csv"), kubeconfig: in("kubeconfig"), token: rand.Text()}
	certificate, key, err := cert.GenerateSelfSignedCertKey(loopback, nil, nil)
	if err != nil {
		return a, fmt.Errorf("make certificate: %w", err)
	}
	accounts, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return a, fmt.Errorf("make key of service accounts: %w", err)
	}
	a.roots = certificate
	files := map[string][]byte{a.cert: certificate, a.key: key, a.accounts: accounts, a.tokens: []byte(a.token + ",admin,admin,system:masters\n")}
	for path, content := range files {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return a, err
		}
	}
	return a, a.writeKubeconfig(server)
}

func (a access) writeKubeconfig(server string) error {
	c := api.NewConfig()
	c.Clusters["live"] = &api.Cluster{Server: server, CertificateAuthorityData: a.roots}
	c.AuthInfos["admin"] = &api.AuthInfo{Token: a.token}
	c.Contexts["live"] = &api.Context{Cluster: "live", AuthInfo: "admin"}
	c.CurrentContext = "live"
	return clientcmd.WriteToFile(*c, a.kubeconfig)
}

// client trusts the servers' certificate alone.
func (a access) client() *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.roots)
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

// freePorts are ports of the loopback where nothing listens. All are held until all are found, so that no two are the same.
func freePorts(n int) (ports []string, err error) {
	for range n {
		l, failed := net.Listen("tcp", loopback+":0")
		if failed != nil {
			return nil, errors.Join(err, fmt.Errorf("find a free port: %w", failed))
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}
