// Package natsconfig writes the configuration of a nats-server for production: TLS, JetStream encrypted at rest, and one user per worker
// and per platform's role, whose permissions follow from the same tables as the consumers.
//
// There are two forms of users, with the same rights: with passwords, in one account, and with credentials (JWT and nkey), where each
// platform has an account of its own. The configuration holds no password in clear and no seed: hashes, the names of variables that the
// server reads from its own environment, or what the operator's key has signed.
package natsconfig

import (
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/template"
)

// Config says what server it is for.
type Config struct {
	Name      string // of the server
	Listen    string // host:port of clients
	Monitor   string // host:port of monitoring over HTTP; empty: none
	StoreDir  string // of the streams
	Cert, Key string // files, as the server sees them
	Platforms []string
	Passwords Passwords
	Accounts  Accounts // instead of passwords
	UsersOnly bool     // to be included in an operator's own configuration
	Repair    bool     // with RepairUser, for as long as dead letters are replayed
}

// StoreKey is the variable in which the server finds the key of its streams at rest.
const StoreKey = "COUNTERSIGN_NATS_STORE_KEY"

//go:embed *.tmpl
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"quoted": quoted, "list": list}).ParseFS(files, "*.tmpl"))

// Write writes the configuration. The same configuration with variables for passwords, or with accounts, is the same text, byte by byte.
func Write(w io.Writer, c Config) error {
	users, err := Users(c.Platforms)
	if err != nil {
		return err
	}
	if c.Repair {
		repair, err := RepairUser()
		if err != nil {
			return err
		}
		users = append(users, repair)
	}
	return write(w, c, users)
}

func write(w io.Writer, c Config, users []User) (err error) {
	holds := map[string]any{"Config": c, "Users": users, "StoreKey": StoreKey, "Signed": signed{}}
	name := "users.tmpl"
	if c.Accounts.Dir != "" {
		name = "accounts.tmpl"
		holds["Signed"], err = c.Accounts.of(c.Platforms, users)
	} else {
		holds["Passwords"], err = c.Passwords.of(users)
	}
	if err != nil {
		return err
	}
	if !c.UsersOnly {
		name = "server.tmpl"
	}
	var text strings.Builder
	if err := templates.ExecuteTemplate(&text, name, holds); err != nil {
		return fmt.Errorf("write nats-server configuration: %w", err)
	}
	_, err = io.WriteString(w, text.String())
	return err
}

// quoted is a string of the server's configuration: its escapes are a part of Go's, and names need no others.
func quoted(s string) string { return strconv.Quote(s) }

// list is one subject a line.
func list(subjects []string) string {
	var text strings.Builder
	for _, s := range subjects {
		text.WriteString("\n          " + quoted(s))
	}
	return text.String()
}
