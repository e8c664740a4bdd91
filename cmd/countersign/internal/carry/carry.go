// Package carry brings the records of a file to the workers, one import a user.
//
//   - Unless it is told to apply, it only reads the file and asks how each user stands.
//   - Whatever is wrong with a line is told with the line, and the next is read. What is wrong with the bus ends it.
//   - It can be run again, however far it came: the id of an import follows from platform, user and the name of the run, so that the workers answer
//     as they did. A user who removed the app since, or was erased, does not get it back.
//   - It shows no seed and no account label.
package carry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// An Asker is a *client.Client in the role admin.
type Asker interface {
	UserStatus(ctx context.Context, user string) (guard.UserStatus, error)
	ImportTOTP(ctx context.Context, e *enrollment.ImportRequested, seed events.Secret, options ...client.Option) (client.Answer, error)
}

// Config says what to bring.
type Config struct {
	Ask      Asker
	Platform string
	Records  iter.Seq2[importer.Record, error]
	Users    Users  // nil: the account of a record is the user
	By       string // staff id
	Run      string // another name judges again what was refused under the former
	Apply    bool
	Every    time.Duration // least time between two questions; 0 for none
	Out      io.Writer
	Start    time.Time // what was answered before is of an earlier run
}

// Run brings every record that it can. Its error says that something is left to do.
func Run(ctx context.Context, c Config) error {
	r := &run{Config: c, lines: map[string]int{}}
	for record, err := range c.Records {
		if err := r.entry(ctx, record, err); err != nil {
			return fmt.Errorf("%w; run the same command again: what is done is not done twice", err)
		}
	}
	_, _ = fmt.Fprintf(c.Out, "%d read, %d %s, %d wrong\n", r.read, r.right, r.outcome(), r.wrong)
	if r.wrong > 0 {
		return fmt.Errorf("%d of %d records were not brought: the lines above say why", r.wrong, r.read)
	}
	return nil
}

// A run is one reading of a file.
type run struct {
	Config
	lines              map[string]int // by user
	asked              time.Time
	read, right, wrong int
}

func (r *run) outcome() string {
	if r.Apply {
		return "imported"
	}
	return "would be imported (nothing was changed: --apply does it)"
}

func (r *run) entry(ctx context.Context, record importer.Record, err error) error {
	r.read++
	if err != nil {
		fault, ok := errors.AsType[*importer.Fault](err)
		if !ok {
			return err
		}
		return r.bad(fault.Error())
	}
	user, fault := r.user(record)
	if fault != nil {
		fault.Line = record.Line
		return r.bad(fault.Error())
	}
	if err := r.wait(ctx); err != nil {
		return fmt.Errorf("line %d: %w", record.Line, err)
	}
	says, err := r.question(ctx, user, record)
	if refused, ok := errors.AsType[*events.Rejection](err); ok {
		return r.bad(fmt.Sprintf("line %d: %s: refused: %v%s", record.Line, user, refused, says))
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", record.Line, err)
	}
	return r.tell(&r.right, fmt.Sprintf("line %d: %s: %s%s", record.Line, user, says, short(record)))
}

func (r *run) bad(line string) error { return r.tell(&r.wrong, line) }

func (r *run) tell(count *int, line string) error {
	*count++
	_, err := fmt.Fprintln(r.Out, line)
	return err
}

// user is whose record it is; no user comes twice.
func (r *run) user(record importer.Record) (string, *importer.Fault) {
	user := record.User.Reveal()
	if r.Users != nil {
		var known bool
		if user, known = r.Users[user]; !known {
			return "", importer.Faultf("add it to the file of --users", "the account is of no user")
		}
	}
	if events.CheckUser(user) != nil {
		return "", importer.Faultf("name 1 to 256 bytes without control characters", "the user is no user")
	}
	if before, again := r.lines[user]; again {
		return "", importer.Faultf("keep the line of the app that the user has", "the user had a record on line %d already", before)
	}
	r.lines[user] = record.Line
	return user, nil
}

func short(record importer.Record) string {
	if record.IsShort() {
		return "; the seed is short: have it replaced"
	}
	return ""
}
