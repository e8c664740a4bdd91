package embedded_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, c embedded.Config) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func connect(t *testing.T, s *embedded.Server) *bus.Conn {
	t.Helper()
	closed := make(chan struct{})
	c, err := bus.Connect(bus.ConnectConfig{
		InProcess: s, Worker: "test", Logger: slog.New(slog.DiscardHandler),
		Options: []nats.Option{nats.CustomInboxPrefix(bus.PlatformInboxPrefix("acme")), nats.ClosedHandler(func(*nats.Conn) { close(closed) })},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); <-closed })
	return c
}

func TestWhatIsStoredIsEncryptedWhereThereIsAKey(t *testing.T) {
	const canary = "the-code-is-123456-and-nobody-may-read-it"
	for key, readable := range map[string]bool{"": true, "a key of the operator": false} {
		dir := t.TempDir()
		s := run(t, embedded.Config{Dir: dir, Key: key, Flush: true})
		keep(t, s, canary)
		if found := holds(t, dir, canary); found != readable {
			t.Errorf("key %q: the message can be read in the files: %v", key, found)
		}
	}
}

func holds(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Older releases wrote so.
func TestWhatIsStoredByAnotherCipherIsRead(t *testing.T) {
	dir, key := t.TempDir(), "a key of the operator"
	older, err := server.NewServer(&server.Options{Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, JetStreamKey: key, JetStreamCipher: server.ChaCha, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	older.Start()
	keep(t, &embedded.Server{Server: older}, "kept")
	older.Shutdown()
	older.WaitForShutdown()
	js, err := jetstream.New(connect(t, run(t, embedded.Config{Dir: dir, Key: key})).Conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "S")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.GetMsg(t.Context(), 1); err != nil || string(m.Data) != "kept" {
		t.Errorf("read %v, %v", m, err)
	}
}

// keep stores text in a stream.
func keep(t *testing.T, s *embedded.Server, text string) {
	t.Helper()
	js, err := jetstream.New(connect(t, s).Conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "s", []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestAClientWithoutCredentialsIsTheAnonymousUserAndNoMore(t *testing.T) {
	mine := bus.Permissions{Publish: []string{"mine"}, Subscribe: []string{bus.PlatformInboxPrefix("acme") + ".>"}}
	s := run(t, embedded.Config{Dir: t.TempDir(), Anonymous: "acme", Users: []embedded.User{{Name: "acme", Password: "p", Permissions: &mine}, {Name: "root", Password: "p"}}})
	c := connect(t, s)
	for subject, allowed := range map[string]bool{bus.PlatformInboxPrefix("acme") + ".x": true, "mine": false, "_INBOX.>": false} {
		sub, err := c.SubscribeSync(subject)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := sub.NextMsg(time.Millisecond); (err == nats.ErrTimeout) != allowed {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	s := run(t, embedded.Config{Dir: t.TempDir()})
	port := s.Port()
	start := time.Now()
	_, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Port: port})
	if err == nil || !strings.Contains(err.Error(), "address already in use") || time.Since(start) > 5*time.Second {
		t.Errorf("a second server at port %d: %v", port, err)
	}
}
