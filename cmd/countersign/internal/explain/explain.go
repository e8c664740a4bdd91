// Package explain says in sentences how a user stands and how it came to that: for whoever answers the user's question.
//
//   - It asks user.status and user.timeline, as a support tool does, and nothing else: it shows no code, address or free text.
//   - A policy is named by the first letters of its hash, where another begins to count and for a wait.
//   - Times are UTC. What a newer release says is shown by its name.
package explain

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
)

// An Asker asks the two questions: a *client.Client in the role support or admin.
type Asker interface {
	UserStatus(ctx context.Context, user string) (guard.UserStatus, error)
	UserTimeline(ctx context.Context, r guard.UserTimelineRequest) (guard.UserTimeline, error)
}

// Config says whom to explain.
type Config struct {
	Ask      Asker
	Platform string
	User     string
	Last     int  // most events of the history that are told; 0: all
	JSON     bool // the whole history as structured CloudEvents instead, one on a line
	Out      io.Writer
	Now      time.Time
}

// Run writes it.
func Run(ctx context.Context, c Config) error {
	if c.JSON {
		return history(ctx, c, func(text json.RawMessage) error {
			_, err := fmt.Fprintf(c.Out, "%s\n", text)
			return err
		})
	}
	status, err := c.Ask.UserStatus(ctx, c.User)
	if err != nil {
		return fmt.Errorf("ask how %s stands: %w", c.User, err)
	}
	told := story{registry: catalog.New()}
	if err := history(ctx, c, told.add); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.Out, "%s of %s, %s\n\n", c.User, c.Platform, stamp(c.Now))
	for _, line := range standing(status, told.lockedUnder, c.Now) {
		_, _ = fmt.Fprintf(c.Out, "  %s\n", line)
	}
	return tell(c, told.lines)
}

// tell writes the history in sentences.
func tell(c Config, lines []string) error {
	_, _ = fmt.Fprintf(c.Out, "\n  What happened (%s)\n\n", count(len(lines), "event"))
	if c.Last > 0 && len(lines) > c.Last {
		_, _ = fmt.Fprintf(c.Out, "  %s before\n", count(len(lines)-c.Last, "event"))
		lines = lines[len(lines)-c.Last:]
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(c.Out, "  %s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// history hands over every event, oldest first.
func history(ctx context.Context, c Config, take func(json.RawMessage) error) error {
	for after := ""; ; {
		page, err := c.Ask.UserTimeline(ctx, guard.UserTimelineRequest{User: c.User, After: after})
		if err != nil {
			return fmt.Errorf("ask what happened to %s: %w", c.User, err)
		}
		for _, text := range page.Events {
			if err := take(text); err != nil {
				return err
			}
		}
		if page.Next == "" || page.Next == after {
			return nil
		}
		after = page.Next
	}
}

// A story is a history in sentences.
type story struct {
	registry    *events.Registry
	lines       []string
	policy      string // hash, of the last event
	lockedUnder string // likewise, of the last wait or suspension
}

func (s *story) add(text json.RawMessage) error {
	env, err := events.Decode(nil, text)
	if err != nil {
		return fmt.Errorf("read an event of the history: %w", err)
	}
	line := env.Type // a newer release says it
	if e, err := s.registry.DecodeStored(env.Type, env.Data, nil); err == nil {
		line = sentence(e, env.Time)
	}
	if env.Type == guard.FactorLockedType {
		s.lockedUnder = env.PolicyHash
	}
	if env.PolicyHash != "" && env.PolicyHash != s.policy {
		s.policy = env.PolicyHash
		line += " From here on policy " + brief(s.policy) + " counts."
	}
	s.lines = append(s.lines, stamp(env.Time)+"  "+line)
	return nil
}

// brief is what tells policies apart.
func brief(hash string) string { return hash[:min(len(hash), 12)] }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
