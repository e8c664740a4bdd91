package channel

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// A LastLook asks once more, at the moment at which a message would leave, whether anybody still waits for it. Connecting may have taken long.
type LastLook struct {
	ctx     context.Context
	n       Notification
	refused atomic.Pointer[Failure]
}

// NewLastLook is of one sending.
func NewLastLook(ctx context.Context, n Notification) *LastLook { return &LastLook{ctx: ctx, n: n} }

var errWithdrawn = errors.New("withdrawn before it left")

// Passes is an error where the message must not leave.
func (l *LastLook) Passes() error {
	if l.n.Withdrawn == nil {
		return nil
	}
	why := l.n.Withdrawn(l.ctx)
	if why == "" {
		return nil
	}
	l.refused.Store(&Failure{Reason: why, Withdrawn: true, Err: errWithdrawn})
	return errWithdrawn
}

// Refused is the failure of a message that was not let pass; nil of any other.
func (l *LastLook) Refused() *Failure { return l.refused.Load() }

// Request lets the body of r be read once the message passes, also where the transport begins anew.
func (l *LastLook) Request(r *http.Request) {
	if r.Body == nil {
		return
	}
	r.Body = l.body(r.Body)
	if anew := r.GetBody; anew != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := anew()
			return l.body(body), err
		}
	}
}

func (l *LastLook) body(r io.ReadCloser) io.ReadCloser {
	if l.n.Withdrawn == nil {
		return r
	}
	return &lookedAt{ReadCloser: r, look: l}
}

type lookedAt struct {
	io.ReadCloser
	look *LastLook
	seen bool
}

func (r *lookedAt) Read(p []byte) (int, error) {
	if !r.seen {
		r.seen = true
		if err := r.look.Passes(); err != nil {
			return 0, err
		}
	}
	return r.ReadCloser.Read(p)
}
