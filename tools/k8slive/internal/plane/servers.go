package plane

import "path/filepath"

// A server is one part of the plane: its command line, and the address that says when it is ready.
type server struct {
	program string
	args    []string
	ready   string
}

// servers are the parts in the order in which each needs those before it.
func (c Config) servers(a access, ports []string) []server {
	etcd := "http://" + loopback + ":" + ports[0]
	return []server{
		c.etcd(etcd, "http://"+loopback+":"+ports[1]),
		c.api(a, etcd, ports[2]),
		c.controllers(a, ports[3]),
		c.scheduler(a, ports[4]),
		c.kubelets(a, ports[5]),
	}
}

func (c Config) etcd(clients, peers string) server {
	return server{"etcd", []string{
		"--name=live", "--data-dir=" + filepath.Join(c.Dir, "etcd"), "--listen-client-urls=" + clients, "--advertise-client-urls=" + clients,
		"--listen-peer-urls=" + peers, "--initial-advertise-peer-urls=" + peers, "--initial-cluster=live=" + peers,
	}, clients + "/health"}
}

// oldEtcd leaves out what an etcd before 3.4.25, which distributions ship, cannot serve: it does not tell how far a watch has come. With WatchList a watch
// from version 0, as kwok has it, ends at once, and kwok sees pods only when it lists them, up to a minute late. With the other each kind of object
// that is stored holds up the end of the API server for seconds.
const oldEtcd = "WatchList=false,SizeBasedListCostEstimate=false"

func (c Config) api(a access, etcd, port string) server {
	url := "https://" + loopback + ":" + port
	return server{filepath.Join(c.Programs, "kube-apiserver"), []string{
		"--etcd-servers=" + etcd, "--bind-address=" + loopback, "--advertise-address=" + loopback, "--secure-port=" + port,
		"--endpoint-reconciler-type=none", // it would refuse to publish a loopback address, every ten seconds
		"--tls-cert-file=" + a.cert, "--tls-private-key-file=" + a.key, "--token-auth-file=" + a.tokens, "--authorization-mode=RBAC",
		"--service-account-issuer=" + url, "--service-account-key-file=" + a.accounts, "--service-account-signing-key-file=" + a.accounts,
		"--service-cluster-ip-range=10.96.0.0/16", "--feature-gates=" + oldEtcd,
		"--allow-privileged=true", // what refuses a privileged pod is to be the namespace's own label
	}, url + "/readyz"}
}

func (c Config) controllers(a access, port string) server {
	return server{filepath.Join(c.Programs, "kube-controller-manager"), append(c.secured(a, port),
		"--service-account-private-key-file="+a.accounts, "--root-ca-file="+a.cert, "--horizontal-pod-autoscaler-sync-period=1s",
		"--node-monitor-grace-period=10m", // a busy machine keeps kwok from its leases for a minute: no node is dead for that
	), "https://" + loopback + ":" + port + "/healthz"}
}

func (c Config) scheduler(a access, port string) server {
	return server{filepath.Join(c.Programs, "kube-scheduler"), c.secured(a, port), "https://" + loopback + ":" + port + "/readyz"}
}

func (c Config) secured(a access, port string) []string {
	return []string{
		"--kubeconfig=" + a.kubeconfig, "--leader-elect=false", "--bind-address=" + loopback, "--secure-port=" + port,
		"--tls-cert-file=" + a.cert, "--tls-private-key-file=" + a.key,
	}
}

func (c Config) kubelets(a access, port string) server {
	return server{filepath.Join(c.Programs, "kwok"), []string{
		"--kubeconfig=" + a.kubeconfig, "--config=" + filepath.Join(c.Dir, "stages.yaml"), "--manage-all-nodes=true",
		"--node-lease-duration-seconds=40", "--cidr=10.244.0.1/16", "--server-address=" + loopback + ":" + port,
	}, "http://" + loopback + ":" + port + "/readyz"}
}
