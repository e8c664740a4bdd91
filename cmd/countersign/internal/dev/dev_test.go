package dev

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatIsOpenedLastIsClosedFirst(t *testing.T) {
	var order []int
	var s stack
	bad := errors.New("stuck")
	for i := range 3 {
		s.add(func(ctx context.Context) error {
			order = append(order, i)
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > drainTime {
				t.Error("a part may take for ever")
			}
			if i == 1 {
				return bad
			}
			return nil
		})
	}
	if err := s.close(); !errors.Is(err, bad) {
		t.Errorf("the error is lost: %v", err)
	}
	if !slices.Equal(order, []int{2, 1, 0}) {
		t.Errorf("closed in the order %v", order)
	}
	if err := new(stack).close(); err != nil {
		t.Error(err)
	}
}

func TestAddressesAreTakenApart(t *testing.T) {
	for address, want := range map[string]struct {
		host string
		port int
	}{"127.0.0.1:4222": {"127.0.0.1", 4222}, ":0": {"", 0}, "[::1]:65535": {"::1", 65535}} {
		if host, port, err := splitAddress("--nats", address); err != nil || host != want.host || port != want.port {
			t.Errorf("%s: %q %d %v", address, host, port, err)
		}
	}
	for _, address := range []string{"", "4222", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", "::1:1"} {
		if _, _, err := splitAddress("--nats", address); err == nil || !strings.Contains(err.Error(), "--nats") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestADoorSaysHowABrowserOnThisMachineComesIn(t *testing.T) {
	for at, prefix := range map[string]string{
		"127.0.0.1:0": "http://127.0.0.1:", "0.0.0.0:0": "http://127.0.0.1:", ":0": "http://127.0.0.1:",
	} {
		d, err := openDoor(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.address(); !strings.HasPrefix(got, prefix) || strings.HasSuffix(got, ":0") {
			t.Errorf("%s: %s", at, got)
		}
		conn, err := net.Dial("tcp", strings.TrimPrefix(d.address(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		for range 2 {
			if err := d.close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAPortThatIsTakenIsSaidWithTheRemedy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	taken := l.Addr().String()
	_, onDoor := openDoor(taken)
	for flag, err := range map[string]error{"--http": onDoor, "--nats": free("--nats", taken)} {
		if err == nil || !strings.Contains(err.Error(), flag) || !strings.Contains(err.Error(), "another port") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
