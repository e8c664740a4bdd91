package dev

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// A door is where the pages are. It listens before anything else runs: the links of a recovery are under its address, and with port 0 only
// listening tells that. Whoever comes before it is served waits.
type door struct{ net.Listener }

func openDoor(at string) (door, error) {
	if _, _, err := splitAddress("--http", at); err != nil {
		return door{}, err
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return door{}, fmt.Errorf("listen on %s: %w: stop what runs there, or pick another port with --http (0 for a free one)", at, err)
	}
	return door{l}, nil
}

// address is how a browser on this machine comes here.
func (d door) address() string {
	at := d.Addr().(*net.TCPAddr)
	if at.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", at.Port)
	}
	return "http://" + at.String()
}

// close is for a start that fails; a server closes it itself.
func (d door) close(context.Context) error {
	if err := d.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
