package dead

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A Sweep goes over letters and does something to each.
type Sweep struct {
	Box    Box
	Filter Filter
	DryRun bool
	Yes    bool          // do not ask
	Every  time.Duration // least time between two letters
	Out    io.Writer
	Answer io.Reader // a person at a terminal; nil: there is none
}

// stepTime bounds what is done to one letter.
const stepTime = 15 * time.Second

// A leftError says why a letter was left as it is: nothing is at fault.
type leftError struct{ why error }

func (e *leftError) Error() string { return e.why.Error() }
func (e *leftError) Unwrap() error { return e.why }

func left(why error) error { return &leftError{why} }

// A deed is what is done to letters, in words and in fact. Its error is a *leftError where the letter is left.
type deed struct {
	verb, done string // "replay", "replayed"
	asks       string // what a person should know who is asked
	try        func(ctx context.Context, l Letter) error
	do         func(ctx context.Context, l Letter) (told string, err error)
}

var errGone = left(errors.New("somebody else has replayed or discarded it"))

type tally struct{ done, left, all int }

func (s Sweep) run(ctx context.Context, d deed) error {
	if err := s.Box.deletable(); err != nil {
		return err
	}
	var letters []Letter
	if err := s.Box.Each(ctx, s.Filter, func(l Letter) error { letters = append(letters, l); return nil }); err != nil {
		return err
	}
	if len(letters) == 0 {
		_, err := fmt.Fprintln(s.Out, "no letters")
		return err
	}
	if s.DryRun {
		d.done, d.do = "would be "+d.done, func(ctx context.Context, l Letter) (string, error) { return "", d.try(ctx, l) }
	} else if err := s.confirmed(d, len(letters)); err != nil {
		return err
	}
	n := tally{all: len(letters)}
	err := s.each(ctx, d, letters, &n)
	_, _ = fmt.Fprintf(s.Out, "%d %s, %d left, of %d%s\n", n.done, d.done, n.left, n.all, s.untouched(n))
	if err == nil && n.left > 0 {
		err = fmt.Errorf("%d of %d letters are left: the lines above say why", n.left, n.all)
	}
	return err
}

func (s Sweep) untouched(n tally) string {
	if rest := n.all - n.done - n.left; rest > 0 {
		return fmt.Sprintf("; %d not looked at", rest)
	}
	if s.DryRun {
		return " (nothing was changed)"
	}
	return ""
}

func (s Sweep) each(ctx context.Context, d deed, letters []Letter, n *tally) error {
	for i, l := range letters {
		if err := s.wait(ctx, i); err != nil {
			return fmt.Errorf("stopped before %s: what is done stays done, run the same command again for the rest: %w", l.line(), err)
		}
		told, err := s.one(ctx, d, l.Sequence)
		leave, ok := errors.AsType[*leftError](err)
		switch {
		case ok:
			n.left++
			_, err = fmt.Fprintf(s.Out, "%s: left: %v\n", l.line(), leave)
		case err != nil:
			return fmt.Errorf("%s %s: %w", d.verb, l.line(), err)
		default:
			n.done++
			_, err = fmt.Fprintf(s.Out, "%s: %s%s\n", l.line(), d.done, told)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// one finishes what it has begun: whoever stops the command stops it between two letters.
func (s Sweep) one(ctx context.Context, d deed, sequence uint64) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepTime)
	defer cancel()
	l, err := s.Box.Get(ctx, sequence)
	if errors.Is(err, ErrNoLetter) {
		return "", errGone
	}
	if err != nil {
		return "", err
	}
	return d.do(ctx, l)
}

// wait keeps to the rate.
func (s Sweep) wait(ctx context.Context, i int) error {
	if i == 0 || s.Every == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	rest := time.NewTimer(s.Every)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (s Sweep) confirmed(d deed, n int) error {
	if s.Yes {
		return nil
	}
	if s.Answer == nil {
		return fmt.Errorf("nobody can be asked whether to %s %s: look with --dry-run, then say --yes", d.verb, times(uint64(n), "letter"))
	}
	_, _ = fmt.Fprintf(s.Out, "%s %s? %s [y/N] ", d.verb, times(uint64(n), "letter"), d.asks)
	word, _ := bufio.NewReader(s.Answer).ReadString('\n')
	if word = strings.ToLower(strings.TrimSpace(word)); word != "y" && word != "yes" {
		return errors.New("nothing was done: it was not confirmed")
	}
	return nil
}
