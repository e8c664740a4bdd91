package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/dead"
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/runtime"
)

const deadHelp = `Messages that a worker could not handle lie in MFA_DEAD for 14 days, sealed to the operator's key. docs/dead-letters.md says what to do with them.
list, show and discard connect as the operator or as _repair, replay as _repair:

`

// deadSettings are where the bus is and what opens letters.
type deadSettings struct {
	Bus fromenv.Bus
	Key dead.Key
}

// Check names what the tags cannot say.
func (s *deadSettings) Check() error { return errors.Join(s.Bus.Check(), s.Key.Check()) }

func deadCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[deadSettings](&settings)
	command := &cobra.Command{Use: "dead", Short: "Look after messages that could not be handled", Long: deadHelp + settings.String()}
	command.AddCommand(deadListCommand(p), deadShowCommand(p), deadReplayCommand(p), deadDiscardCommand(p))
	return command
}

func filterFlags(command *cobra.Command) *dead.Filter {
	f, flags := &dead.Filter{Now: time.Now()}, command.Flags()
	flags.StringVar(&f.Platform, "platform", "", "letters of this platform")
	flags.StringVar(&f.Worker, "worker", "", "that this worker could not handle")
	flags.StringVar(&f.Type, "type", "", "of this type, such as login.started")
	flags.StringVar(&f.Reason, "reason", "", "that died for this reason, such as panic")
	flags.StringVar(&f.UserKey, "userkey", "", "about this user")
	flags.DurationVar(&f.OlderThan, "older-than", 0, "that died longer ago than this, such as 36h")
	flags.DurationVar(&f.YoungerThan, "younger-than", 0, "that died less long ago than this")
	return f
}

// A letterBox is what all four need, open.
type letterBox struct {
	dead.Box
	judge  dead.Judge
	hasKey bool
	repair *bus.Publisher
}

// withLetters loads, connects and opens. faults are what else is wrong with the command line: all of it is told at once.
func withLetters(ctx context.Context, p runtime.Process, as string, faults error, do func(letterBox) error) error {
	s, err := runtime.Load[deadSettings](p.Environ)
	if as == bus.Repair && s.Key.Text.IsZero() && s.Key.Check() == nil {
		err = errors.Join(err, errors.New("COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY is not set: what is replayed is sealed; mount the key and name it in COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY_FILE"))
	}
	if err = errors.Join(faults, err); err != nil {
		return err
	}
	if userOf(s.Bus) == "_"+bus.Repair {
		as = bus.Repair
	}
	conn, err := fromenv.Connect(s.Bus, as, slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer conn.Close()
	box := letterBox{hasKey: !s.Key.Text.IsZero(), judge: dead.Judge{Registry: table.Contract().Registry, Now: time.Now}}
	if box.judge.Heard, err = table.Heard(); err != nil {
		return err
	}
	if box.hasKey {
		box.judge.Key, _ = s.Key.Private() // Check has read it
	}
	return box.open(ctx, conn, do)
}

// userOf is who the settings say that we are; a credential that cannot be read is told when we connect.
func userOf(b fromenv.Bus) string {
	text, err := os.ReadFile(b.Credentials)
	if err != nil {
		return b.User
	}
	token, err := jwt.ParseDecoratedJWT(text)
	if err != nil {
		return ""
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return ""
	}
	return claims.Name
}

func (b letterBox) open(ctx context.Context, conn *bus.Conn, do func(letterBox) error) error {
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		return fmt.Errorf("open streams: %w", err)
	}
	if b.repair, err = bus.NewPublisher(bus.PublisherConfig{Conn: conn}); err != nil {
		return err
	}
	if b.Box, err = dead.Open(ctx, js); err != nil {
		return err
	}
	return do(b)
}

func deadListCommand(p runtime.Process) *cobra.Command {
	command := &cobra.Command{
		Use: "list [SEQUENCE|FIRST-LAST ...]", Short: "List dead letters, oldest first",
		Long: "Lists what stands in clear: when it died, whose it is, of which type, why. Contents stay sealed, and users are named by their keys.",
	}
	f, asJSON := filterFlags(command), false
	command.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	command.RunE = func(command *cobra.Command, args []string) (err error) {
		f.Sequences, err = dead.ReadRanges(args)
		return withLetters(command.Context(), p, operatorName, errors.Join(err, f.Check()), func(b letterBox) error {
			return dead.List(command.Context(), p.Stdout, b.Box, *f, asJSON)
		})
	}
	return command
}

// operatorName owns the inboxes of an operator's commands.
const operatorName = "operator"

func deadShowCommand(p runtime.Process) *cobra.Command {
	command := &cobra.Command{
		Use: "show SEQUENCE", Short: "Say of one dead letter what was wrong and what mends it", Args: cobra.ExactArgs(1),
		Long: "Says what is known of one letter, what was wrong and what would mend it. With the operator's private key it shows the message as well:\n" +
			"the fields that the contract has, without codes, contacts, free texts and addresses.",
	}
	secrets := command.Flags().Bool("show-secrets", false, "print the message as it was received: it may hold codes, addresses and numbers")
	command.RunE = func(command *cobra.Command, args []string) error {
		sequence, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil || sequence == 0 {
			err = fmt.Errorf("%q is no sequence of a letter: `countersign dead list` shows them", args[0])
		}
		return withLetters(command.Context(), p, operatorName, err, func(b letterBox) error {
			if *secrets && !b.hasKey {
				return errors.New("--show-secrets needs the private key: name it in COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY_FILE")
			}
			return dead.Show{Out: p.Stdout, Box: b.Box, Judge: b.judge, HasKey: b.hasKey, Secrets: *secrets}.Run(command.Context(), sequence)
		})
	}
	return command
}

// A sweeping is what replay and discard have in common on the command line.
type sweeping struct {
	filter      *dead.Filter
	dryRun, yes bool
	rate        float64
}

func sweepFlags(command *cobra.Command) *sweeping {
	s, flags := &sweeping{filter: filterFlags(command)}, command.Flags()
	flags.BoolVar(&s.filter.All, "all", false, "every letter that the filters leave")
	flags.BoolVar(&s.dryRun, "dry-run", false, "say what would be done, and change nothing")
	flags.BoolVar(&s.yes, "yes", false, "do not ask")
	flags.Float64Var(&s.rate, "rate", 10, "most letters a second, 0.01 to 1000")
	return s
}

func (s *sweeping) check(args []string) (err error) {
	s.filter.Sequences, err = dead.ReadRanges(args)
	if len(args) == 0 { // else they are wrong, and that is told
		err = errors.Join(err, s.filter.Chosen())
	}
	if !(s.rate >= 0.01 && s.rate <= 1000) {
		err = errors.Join(err, errors.New("--rate is not 0.01 to 1000"))
	}
	return errors.Join(err, s.filter.Check())
}

func (s *sweeping) over(b letterBox, out io.Writer) dead.Sweep {
	sweep := dead.Sweep{
		Box: b.Box, Filter: *s.filter, DryRun: s.dryRun, Yes: s.yes, Every: time.Duration(float64(time.Second) / s.rate), Out: out,
	}
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		sweep.Answer = os.Stdin
	}
	return sweep
}

func deadReplayCommand(p runtime.Process) *cobra.Command {
	command := &cobra.Command{
		Use: "replay [SEQUENCE|FIRST-LAST ...]", Short: "Publish messages again once what killed them is mended",
		Long: "Publishes messages again, on their subjects and under their ce-ids, and deletes each letter once the bus has confirmed it. Workers answer what\n" +
			"they have handled as they did; the rest is handled as if it were sent now. Logins, attempts and resends of more than 60 s ago are left, and so is\n" +
			"what would die again. It can be stopped and run again. It connects as _repair, which `countersign nats-config --repair` writes.",
	}
	s := sweepFlags(command)
	again := command.Flags().Bool("again", false, "also letters of which a replay was begun and its end is not known")
	command.RunE = func(command *cobra.Command, args []string) error {
		return withLetters(command.Context(), p, bus.Repair, s.check(args), func(b letterBox) error {
			b.judge.Again = *again
			return dead.Replay{Sweep: s.over(b, p.Stdout), Judge: b.judge, Bus: b.repair}.Run(command.Context())
		})
	}
	return command
}

func deadDiscardCommand(p runtime.Process) *cobra.Command {
	command := &cobra.Command{
		Use: "discard [SEQUENCE|FIRST-LAST ...]", Short: "Delete dead letters for good",
		Long: "Deletes letters and overwrites them in the bus's files. Nobody is told: whoever sent the message has had no answer, which is no.",
	}
	s := sweepFlags(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		return withLetters(command.Context(), p, operatorName, s.check(args), func(b letterBox) error {
			return dead.Discard{Sweep: s.over(b, p.Stdout)}.Run(command.Context())
		})
	}
	return command
}
