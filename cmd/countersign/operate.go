package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/cmd/countersign/internal/streams"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/runtime"
)

const policyVariable = "COUNTERSIGN_POLICY_FILE"

// platformsFlag names the policy file, from which platforms are known.
func platformsFlag(command *cobra.Command, p runtime.Process) (platforms func() ([]string, error)) {
	path := command.PersistentFlags().String("policy", variable(p, policyVariable), "the policy file, which names the platforms (default $"+policyVariable+")")
	return func() ([]string, error) {
		if *path == "" {
			return nil, errors.New("no policy file: name it with --policy or in " + policyVariable + ": it says which platforms there are")
		}
		set, err := policy.Load(*path)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, one := range set.All() {
			names = append(names, one.Platform)
		}
		return names, nil
	}
}

func variable(p runtime.Process, name string) string {
	for _, line := range p.Environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

func streamsCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[fromenv.Bus](&settings)
	command := &cobra.Command{
		Use: "streams", Short: "Make the bus's streams and consumers, or say how they differ",
		Long: "Makes the four streams, the workers' durable consumers and one for each platform, or says how a bus differs from them.\n" +
			"It connects as the operator:\n\n" + settings.String(),
	}
	platforms, conf := platformsFlag(command, p), streams.Config{}
	flags := command.PersistentFlags()
	flags.IntVar(&conf.Copies, "copies", 1, "copies of each stream; 3, across zones, in production")
	flags.IntVar(&conf.Replicas, "replicas", 4, "most processes of one worker at once")
	flags.Int64Var(&conf.Waiting, "waiting", 10_000, "most messages that may wait on one subject of MFA_IN")
	with := func(do func(context.Context, jetstream.JetStream, streams.Config) error) func(*cobra.Command, []string) error {
		return func(command *cobra.Command, _ []string) (err error) {
			if conf.Platforms, err = platforms(); err != nil {
				return err
			}
			return asOperator(command.Context(), p, func(ctx context.Context, js jetstream.JetStream) error { return do(ctx, js, conf) })
		}
	}
	command.AddCommand(&cobra.Command{
		Use: "apply", Short: "Make what is missing and put right what differs", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, js jetstream.JetStream, c streams.Config) error {
			return streams.Apply(ctx, p.Stdout, js, c)
		}),
	}, &cobra.Command{
		Use: "diff", Short: "Say what apply would do; a difference ends it with code 1", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, js jetstream.JetStream, c streams.Config) error {
			return streams.Diff(ctx, p.Stdout, js, c)
		}),
	})
	return command
}

// asOperator connects with the operator's credential.
func asOperator(ctx context.Context, p runtime.Process, do func(context.Context, jetstream.JetStream) error) error {
	settings, err := runtime.Load[fromenv.Bus](p.Environ)
	if err != nil {
		return err
	}
	conn, err := fromenv.Connect(settings, "operator", slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		return fmt.Errorf("open streams: %w", err)
	}
	return do(ctx, js)
}

func natsConfigCommand(p runtime.Process) *cobra.Command {
	var c natsconfig.Config
	command := &cobra.Command{
		Use: "nats-config", Short: "Print a nats-server configuration with the least rights for everybody", Args: cobra.NoArgs,
		Long: "Prints the configuration of a nats-server: TLS, streams encrypted at rest, one user per worker (_verify) and per role of each\n" +
			"platform (acme.login), with the permissions that follow from the contract's tables.\n\n" +
			"The server reads the key of its streams from " + natsconfig.StoreKey + " in its own environment, and passwords, where no folder\n" +
			"holds them, from variables such as " + natsconfig.Variable("acme.login") + " and " + natsconfig.Variable("_verify") + ".\n\n" +
			"With --jwt users have credentials instead: DIR/creds/acme.login.creds, for COUNTERSIGN_NATS_CREDENTIALS_FILE, and each platform an\n" +
			"account of its own, which also keeps the replies that it names to itself. Rights stand in the configuration: to change them, print it\n" +
			"anew and reload the server; credentials stay. DIR/operator.nk alone can make others: keep it where no server is. Nobody has a user of\n" +
			"the system account. DIR/creds may be taken away; --renew makes one user's anew.",
	}
	platforms := platformsFlag(command, p)
	command.RunE = func(*cobra.Command, []string) (err error) {
		if c.Platforms, err = platforms(); err != nil {
			return err
		}
		if c.Accounts.Dir == "" && (c.Accounts.Make || len(c.Accounts.Renew) > 0) {
			return errors.New("--make-keys and --renew make keys in a folder: name it with --jwt")
		}
		return natsconfig.Write(p.Stdout, c)
	}
	flags := command.Flags()
	flags.StringVar(&c.Name, "name", "countersign", "name of the server, unique in its cluster")
	flags.StringVar(&c.Listen, "listen", "0.0.0.0:4222", "where clients connect")
	flags.StringVar(&c.Monitor, "monitor", "", "where monitoring is served over HTTP, such as 127.0.0.1:8222 (default nowhere)")
	flags.StringVar(&c.StoreDir, "store-dir", "/data", "folder of the streams")
	flags.StringVar(&c.Cert, "tls-cert", "/etc/nats/tls/tls.crt", "certificate, as the server sees it")
	flags.StringVar(&c.Key, "tls-key", "/etc/nats/tls/tls.key", "its private key, likewise")
	flags.StringVar(&c.Passwords.Dir, "passwords", "", "folder with one file per user that holds its password or bcrypt hash; hashes are printed")
	flags.BoolVar(&c.Passwords.Make, "make-passwords", false, "make those that the folder lacks")
	flags.IntVar(&c.Passwords.Cost, "hash-cost", natsconfig.DefaultCost, "bcrypt's cost, which the server spends at every connect; 4 will do for passwords that were made here")
	flags.StringVar(&c.Accounts.Dir, "jwt", "", "folder of the operator's key and of what it has signed: accounts and credentials instead of passwords")
	flags.BoolVar(&c.Accounts.Make, "make-keys", false, "make those that the folder lacks")
	flags.StringSliceVar(&c.Accounts.Renew, "renew", nil, "users, such as acme.login, whose credentials are made anew; what they have is refused from the next reload on")
	command.MarkFlagsMutuallyExclusive("jwt", "passwords")
	command.MarkFlagsMutuallyExclusive("jwt", "make-passwords")
	command.MarkFlagsMutuallyExclusive("jwt", "hash-cost")
	flags.BoolVar(&c.Repair, "repair", false, "with the user _repair, as whom countersign dead replay publishes: who has it can ask for anything in everybody's name, so print the configuration without it again")
	flags.BoolVar(&c.UsersOnly, "users-only", false, "print the users alone, to include in a configuration of your own")
	return command
}
