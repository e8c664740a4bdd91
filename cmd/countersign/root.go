package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/dev"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trace"
	"countersign/pkg/worker/trace/otlp"
)

func run(ctx context.Context, p runtime.Process) error {
	root := &cobra.Command{
		Use: "countersign", Short: "The second factor as a backend on a message queue",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(devCommand(p), streamsCommand(p), natsConfigCommand(p), explainCommand(p), keysCommand(p), erasuresCommand(p), commitsCommand(p), templatesCommand(p), deadCommand(p))
	root.AddCommand(exportCommand(p), importCommand(p))
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return root.ExecuteContext(ctx)
}

func devCommand(p runtime.Process) *cobra.Command {
	lines := trace.Logs(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c := dev.Config{Out: p.Stdout, Log: slog.New(lines)}
	command := &cobra.Command{
		Use: "dev", Short: "Run everything in one process, for development", Args: cobra.NoArgs,
		Long: "Runs a real nats-server, SQLite, the four workers, a mail server and a stand-in of Twilio's API in one process.\n" +
			"One platform, acme, is configured; mails and texts land in an inbox page, and a demo platform shows it all.\n" +
			"Metrics are at /metrics of its page; with COUNTERSIGN_TRACES_URL in the environment traces are sent there.",
		RunE: func(command *cobra.Command, _ []string) (err error) {
			if c.Traces, err = runtime.Load[otlp.Settings](p.Environ); err != nil {
				return err
			}
			if c.Data == "" {
				if c.Data, err = dev.DefaultFolder(); err != nil {
					return err
				}
			}
			return dev.Run(command.Context(), c)
		},
	}
	flags := command.Flags()
	flags.StringVar(&c.NATS, "nats", "127.0.0.1:4222", "address of the bus; port 0 picks a free one")
	flags.StringVar(&c.HTTP, "http", "127.0.0.1:8080", "address of the demo and the inbox; port 0 picks a free one")
	flags.StringVar(&c.Data, "data", "", "folder of everything that survives a restart (default one for this user)")
	flags.BoolVar(&c.Fresh, "fresh", false, "forget everything in the folder first")
	return command
}
