package k8s_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/tools/k8s/queries"

	"github.com/nats-io/nats-server/v2/server"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	core "k8s.io/api/core/v1"
)

const patience = 3 * time.Minute

// The overlay for development is started without a cluster: its own nats.conf, its Job, and its four deployments, each with the environment and
// the mounted files that its pod would find. Only where things listen, and where MongoDB is, belongs to this machine.
func TestTheWorkersStartFromTheirDeploymentsAlone(t *testing.T) {
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: `make test` sets it, or export COUNTERSIGN_TEST_MONGODB_URI=$(scripts/mongodb up)")
	}
	c := cluster{pods: pods(t, "overlays/dev"), files: mountable(t, "overlays/dev"), mongo: uri, database: "k8s_" + strings.ReplaceAll(time.Now().UTC().Format("150405.000000"), ".", "_")}
	t.Cleanup(func() { c.drop(t) })
	c.startBus(t)
	c.run(t, "countersign-streams", "countersign")
	for _, worker := range workers {
		c.start(t, worker)
	}
	t.Run("what `nats server check` is told by the streams holds", c.checkBus)
	t.Run("rules and dashboard ask for what the workers show", c.checkQueries)
}

// A cluster is what a pod finds around itself.
type cluster struct {
	pods            map[string]core.PodSpec
	files           map[string]map[string][]byte // of ConfigMaps and Secrets, by kind/name
	bus             string
	mongo, database string
	shown           queries.Scrape // what the workers have shown at /metrics
}

// drop leaves nothing behind at a server that other tests share.
func (c *cluster) drop(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(c.mongo))
	if err != nil {
		t.Error(err)
		return
	}
	err = errors.Join(client.Database(c.database).Drop(ctx), client.Database(c.database+"_keys").Drop(ctx), client.Disconnect(ctx))
	if err != nil {
		t.Error(err)
	}
}

func mountable(t *testing.T, overlay string) map[string]map[string][]byte {
	t.Helper()
	all := map[string]map[string][]byte{}
	for _, r := range built(t, overlay).Resources() {
		object, err := read([]byte(r.MustYaml()))
		if err != nil {
			t.Fatal(err)
		}
		switch o := object.(type) {
		case *core.Secret:
			all["Secret/"+o.Name] = o.Data
		case *core.ConfigMap:
			files := map[string][]byte{}
			for name, text := range o.Data {
				files[name] = []byte(text)
			}
			all["ConfigMap/"+o.Name] = files
		}
	}
	return all
}

// mount writes the volumes of a pod, and returns for each path in the container the path that it has here.
func (c *cluster) mount(t *testing.T, p core.PodSpec) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, m := range p.Containers[0].VolumeMounts {
		at := filepath.Join(t.TempDir(), m.Name)
		for _, v := range p.Volumes {
			if v.Name == m.Name {
				c.write(t, v, at)
			}
		}
		if m.SubPath != "" {
			at = filepath.Join(at, m.SubPath)
		}
		pairs = append(pairs, m.MountPath, at)
	}
	return strings.NewReplacer(pairs...)
}

func (c *cluster) write(t *testing.T, v core.Volume, at string) {
	t.Helper()
	var from string
	switch {
	case v.Secret != nil:
		from = "Secret/" + v.Secret.SecretName
	case v.ConfigMap != nil:
		from = "ConfigMap/" + v.ConfigMap.Name
	}
	files, ok := c.files[from]
	if !ok {
		t.Fatalf("volume %s wants %s, which is not there", v.Name, from)
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if strings.HasSuffix(name, "mongodb-uri") {
			content = []byte(c.mongo)
		}
		if err := os.WriteFile(filepath.Join(at, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// startBus reads nats.conf with the server's own code, and lets it listen at ports that are free.
func (c *cluster) startBus(t *testing.T) {
	t.Helper()
	p := c.pods["nats"]
	here := c.mount(t, p)
	path := filepath.Join(t.TempDir(), "nats.conf")
	text, err := os.ReadFile(here.Replace("/etc/nats/nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(here.Replace(string(text)), `"users/users.conf"`, `"`+relative(t, path, here.Replace("/etc/nats/users/users.conf"))+`"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("POD_NAME", "nats-0")
	t.Setenv("COUNTERSIGN_NATS_STORE_KEY", string(c.files["Secret/"+p.Containers[0].Env[1].ValueFrom.SecretKeyRef.Name]["store-key"]))
	conf, err := server.ProcessConfigFile(path)
	if err != nil {
		t.Fatal(err)
	}
	conf.Host, conf.Port, conf.HTTPHost, conf.HTTPPort, conf.NoSigs = "127.0.0.1", server.RANDOM_PORT, "127.0.0.1", -1, true
	s, err := server.NewServer(conf)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("nats-server is not ready")
	}
	c.bus = strings.Replace(s.ClientURL(), "nats://", "tls://", 1)
}

func relative(t *testing.T, from, to string) string {
	t.Helper()
	path, err := filepath.Rel(filepath.Dir(from), to)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// command is the program of a pod with the environment of its container.
func (c *cluster) command(t *testing.T, ctx context.Context, pod, program string) *exec.Cmd {
	t.Helper()
	commands, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	p := c.pods[pod]
	here := c.mount(t, p)
	run := exec.CommandContext(ctx, filepath.Join(commands, program), p.Containers[0].Args...)
	for name, value := range environment(t, "overlays/dev", pod) {
		run.Env = append(run.Env, name+"="+here.Replace(value))
	}
	run.Env = append(run.Env, "COUNTERSIGN_NATS_URL="+c.bus, "COUNTERSIGN_MONGODB_DATABASE="+c.database, "COUNTERSIGN_KEYRING_MONGODB_DATABASE="+c.database+"_keys",
		"COUNTERSIGN_ADMIN_ADDRESS=127.0.0.1:0", "COUNTERSIGN_RECOVERY_LISTEN=127.0.0.1:0", "COUNTERSIGN_NOTIFIER_LISTEN=127.0.0.1:0")
	return run
}

// run carries out a pod that ends by itself.
func (c *cluster) run(t *testing.T, pod, program string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := said(c.command(t, ctx, pod, program)); err != nil {
		t.Fatalf("%s: %v", pod, err)
	}
}

// start starts a worker, waits until it says that it works, asks its probes, and ends it as a kubelet does.
func (c *cluster) start(t *testing.T, worker string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience) // it is asked to end when the test's own context has ended
	run := c.command(t, ctx, "countersign-"+worker, worker)
	out, err := run.StdoutPipe()
	run.Stderr = run.Stdout
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		_ = run.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, out)
		if err := run.Wait(); err != nil {
			t.Errorf("%s ended badly: %v", worker, err)
		}
	})
	at := awaitWorking(t, worker, out)
	for _, path := range []string{"/livez", "/readyz"} {
		answer(t, worker, "http://"+at.Admin+path, http.StatusOK)
	}
	if at.Pages != "" { // what is shown of pages begins with the first that is asked for
		answer(t, worker, "http://"+at.Pages+"/"+worker+"/nothing", http.StatusNotFound)
	}
	c.scrape(t, worker, answer(t, worker, "http://"+at.Admin+"/metrics", http.StatusOK))
}

// listening is what a worker says of where it listens.
type listening struct{ Msg, Admin, Pages string }

func awaitWorking(t *testing.T, worker string, out io.Reader) (at listening) {
	t.Helper()
	var all strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		_ = json.Unmarshal(lines.Bytes(), &at) // keeps what a line does not say
		if at.Msg == "working" && at.Admin != "" {
			return at
		}
	}
	t.Fatalf("%s ended before it worked:\n%s", worker, all.String())
	return at
}

func answer(t *testing.T, worker, url string, want int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode != want {
		t.Errorf("%s: %s answers %d: %s", worker, url, response.StatusCode, text)
	}
	return string(text)
}

// What an overlay forgets is said at once, all of it.
func TestEveryMissingSettingIsSaidAtOnce(t *testing.T) {
	commands, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	for _, worker := range workers {
		text, err := exec.Command("env", "-i", filepath.Join(commands, worker)).CombinedOutput()
		if err == nil {
			t.Errorf("%s starts without any setting", worker)
		}
		for name := range environment(t, "overlays/dev", "countersign-"+worker) {
			setting := strings.TrimSuffix(name, "_FILE")
			if required := strings.Contains(told(t, worker), "  "+setting+" (required)"); required && !strings.Contains(string(text), setting) {
				t.Errorf("%s does not say that %s is missing:\n%s", worker, setting, text)
			}
		}
	}
}
