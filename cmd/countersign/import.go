package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/carry"
	"countersign/cmd/countersign/internal/explain"
	"countersign/cmd/countersign/internal/importer"
	"countersign/cmd/countersign/internal/importer/migration"
	"countersign/cmd/countersign/internal/importer/otpauth"
	"countersign/cmd/countersign/internal/importer/plaincsv"
	"countersign/cmd/countersign/internal/importer/pskc"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/runtime"
)

const importHelp = `Brings the apps that users have in another system: each is active at once, and its next code opens a login. Without --apply it reads
the file, asks how each user stands and changes nothing. One line is told of each record; none shows a seed. It can be stopped and run again.

FILE (- is standard input) holds otpauth URIs, one a line (otpauth); URIs of Google Authenticator's export, one a line (google); RFC 6030 (pskc);
or a table with the columns user, secret (base32), secret_hex or secret_base64, and where they differ from SHA1, 6 and 30: algorithm, digits,
period (csv). The user is the account of the URI's label, pskc's UserId, csv's column user; or what --users says of that account.

Report contacts (contacts.reported) before: they are told. A user who has an active factor is refused. Remove the file afterwards.
It connects with a platform's credential of the role admin, such as acme.admin:

`

// An importing is what the command line says.
type importing struct {
	from, platform, by, run, users, key, password string
	apply                                         bool
	rate                                          int
}

func importCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[fromenv.Bus](&settings)
	var i importing
	command := &cobra.Command{
		Use: "import FILE", Short: "Bring the apps that users have in another system", Args: cobra.ExactArgs(1), Long: importHelp + settings.String(),
		RunE: func(command *cobra.Command, args []string) error { return i.do(command, p, args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&i.from, "from", "", "what the file holds: otpauth, google, pskc or csv")
	flags.StringVar(&i.by, "by", "", "who does it: a staff id, kept for ever")
	flags.BoolVar(&i.apply, "apply", false, "do it")
	flags.StringVar(&i.users, "users", "", "a table with the columns account and user, where accounts are no users")
	flags.StringVar(&i.key, "pskc-key-file", "", "a file with the pre-shared key of pskc, raw: 16, 24 or 32 bytes")
	flags.StringVar(&i.password, "pskc-password-file", "", "a file with the password of pskc, as text; a line break at its end does not count")
	flags.StringVar(&i.run, "run", "1", "name of this run; another one asks again for what was refused")
	flags.IntVar(&i.rate, "rate", 20, "most records a second, 1 to 1000")
	flags.StringVar(&i.platform, "platform", "", "the platform (default what stands before the dot in COUNTERSIGN_NATS_USER)")
	return command
}

func (i importing) do(command *cobra.Command, p runtime.Process, path string) (err error) {
	if err := i.check(); err != nil {
		return err
	}
	parse, err := i.parser()
	if err != nil {
		return err
	}
	c := carry.Config{By: i.by, Run: i.run, Apply: i.apply, Every: time.Second / time.Duration(i.rate), Out: p.Stdout, Start: time.Now()}
	if c.Users, err = i.accounts(); err != nil {
		return err
	}
	file := os.Stdin
	if path != "-" {
		if file, err = os.Open(path); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	ask, platform, done, err := asPlatform(p, i.platform)
	if err != nil {
		return err
	}
	defer done()
	c.Ask, c.Platform, c.Records = ask, platform, parse(file)
	return carry.Run(command.Context(), c)
}

func (i importing) check() error {
	switch {
	case events.ID("by", i.by, events.MaxID) != nil:
		return errors.New("--by is missing or no name: say who does it, a staff id of at most 128 bytes")
	case i.rate < 1 || i.rate > 1000:
		return errors.New("--rate is not 1 to 1000")
	}
	return nil
}

func (i importing) parser() (importer.Parser, error) {
	switch i.from {
	case "otpauth":
		return otpauth.Parse, nil
	case "google":
		return migration.Parse, nil
	case "csv":
		return plaincsv.Parse, nil
	case "pskc":
		return i.pskc()
	}
	return nil, fmt.Errorf("--from is %q: say otpauth, google, pskc or csv", i.from)
}

func (i importing) pskc() (importer.Parser, error) {
	key, err := secretFile(i.key)
	if err != nil {
		return nil, err
	}
	password, err := secretFile(i.password)
	text := strings.TrimSuffix(strings.TrimSuffix(password.Reveal(), "\n"), "\r")
	return pskc.Parse(pskc.Keys{PreShared: key, Password: events.NewSecret(text)}), err
}

// secretFile reads what must not stand on a command line, which others see; an empty path is none.
func secretFile(path string) (events.Secret, error) {
	if path == "" {
		return events.Secret{}, nil
	}
	content, err := os.ReadFile(path)
	return events.NewSecret(string(content)), err
}

func (i importing) accounts() (users carry.Users, err error) {
	if i.users == "" {
		return nil, nil
	}
	file, err := os.Open(i.users)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return carry.ReadUsers(file)
}

func exportCommand(p runtime.Process) *cobra.Command {
	platform := ""
	command := &cobra.Command{
		Use: "export USER", Short: "Print a user's history as JSON lines", Args: cobra.ExactArgs(1),
		Long: "Prints every event of a user's history, oldest first, one structured CloudEvent a line: what user.timeline says, page by page.\n" +
			"Texts that are hidden stay so. It connects as explain does, with a credential of the role support or admin.",
		RunE: func(command *cobra.Command, args []string) error {
			ask, platform, done, err := asPlatform(p, platform)
			if err != nil {
				return err
			}
			defer done()
			return explain.Run(command.Context(), explain.Config{Ask: ask, Platform: platform, User: args[0], JSON: true, Out: p.Stdout})
		},
	}
	command.Flags().StringVar(&platform, "platform", "", "the platform (default what stands before the dot in COUNTERSIGN_NATS_USER)")
	return command
}

// asPlatform connects as the settings say.
func asPlatform(p runtime.Process, platform string) (*client.Client, string, func(), error) {
	b, err := runtime.Load[fromenv.Bus](p.Environ)
	if err != nil {
		return nil, "", nil, err
	}
	if platform == "" {
		platform, _, _ = strings.Cut(b.User, ".")
	}
	if platform == "" {
		return nil, "", nil, errors.New("no platform: name it with --platform")
	}
	conn, err := client.Connect(b.URL, platform, credential(b)...)
	if err != nil {
		return nil, "", nil, err
	}
	ask, err := client.New(client.Config{Conn: conn, Platform: platform})
	if err != nil {
		conn.Close()
		return nil, "", nil, err
	}
	return ask, platform, conn.Close, nil
}
