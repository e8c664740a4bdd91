package once_test

import (
	"bytes"
	"errors"
	"net"
	"sync"
)

// A wire is a machine's way to the bus. It is cut when something is about to pass, which then does not.
type wire struct {
	mu   sync.Mutex
	at   func(frames []byte) bool
	then func()
	cut  bool
}

var errCut = errors.New("the wire is cut")

// Dial makes it a nats.CustomDialer.
func (w *wire) Dial(network, address string) (net.Conn, error) {
	if w.isCut() {
		return nil, errCut
	}
	c, err := net.Dial(network, address)
	return tapped{c, w}, err
}

// cutAt waits for what at knows.
func (w *wire) cutAt(at func(frames []byte) bool, then func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.then = at, then
}

func (w *wire) isCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

func (w *wire) passes(frames []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.cut && w.at != nil && w.at(frames) {
		w.cut = true
		go w.then() // not here: whoever writes holds the connection's lock
	}
	return !w.cut
}

type tapped struct {
	net.Conn
	wire *wire
}

func (t tapped) Write(frames []byte) (int, error) {
	if !t.wire.passes(frames) {
		return 0, errCut
	}
	return t.Conn.Write(frames)
}

// acknowledges knows that a worker tells the bus that it is done with an attempt.
func acknowledges(frames []byte) bool {
	return bytes.Contains(frames, []byte("$JS.ACK.MFA_IN.verify-attempt-submitted.")) && bytes.Contains(frames, []byte("+ACK"))
}
