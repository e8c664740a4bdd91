package main

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/explain"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/runtime"
)

func explainCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[fromenv.Bus](&settings)
	command := &cobra.Command{
		Use: "explain USER", Short: "Say how a user stands, and how it came to that", Args: cobra.ExactArgs(1),
		Long: "Says in sentences how a user stands (why codes are not looked at, and until when) and what happened, or prints the history as\n" +
			"JSON lines. It connects with a platform's credential of the role support or admin, such as acme.support:\n\n" + settings.String(),
	}
	c := explain.Config{Out: p.Stdout, Now: time.Now()}
	flags := command.Flags()
	flags.StringVar(&c.Platform, "platform", "", "the platform (default what stands before the dot in COUNTERSIGN_NATS_USER)")
	flags.IntVar(&c.Last, "last", 40, "most events that are told; 0 for all")
	flags.BoolVar(&c.JSON, "json", false, "print every event of the history, one on a line")
	command.RunE = func(command *cobra.Command, args []string) error {
		c.User = args[0]
		ask, platform, done, err := asPlatform(p, c.Platform)
		if err != nil {
			return err
		}
		defer done()
		c.Ask, c.Platform = ask, platform
		return explain.Run(command.Context(), c)
	}
	return command
}

// credential is who a platform is on the bus.
func credential(b fromenv.Bus) []nats.Option {
	options := []nats.Option{nats.Name("countersign"), nats.UserInfo(b.User, b.Password.Reveal())}
	if b.Credentials != "" {
		options = []nats.Option{nats.UserCredentials(b.Credentials)}
	}
	if b.CA != "" {
		options = append(options, nats.RootCAs(b.CA))
	}
	return options
}
