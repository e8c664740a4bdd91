// Package natsconfig writes the configuration of a nats-server for production: TLS, JetStream encrypted at rest, and one user per worker
// and per platform's role, whose permissions follow from the same tables as the consumers.
//
// It holds no password in clear and no key: hashes, or the names of variables that the server reads from its own environment.
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
	UsersOnly bool // to be included in an operator's own configuration
}

// StoreKey is the variable in which the server finds the key of its streams at rest.
const StoreKey = "COUNTERSIGN_NATS_STORE_KEY"

//go:embed *.tmpl
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"quoted": quoted, "list": list}).ParseFS(files, "*.tmpl"))

// Write writes the configuration. The same configuration with variables for passwords is the same text, byte by byte.
func Write(w io.Writer, c Config) error {
	users, err := Users(c.Platforms)
	if err != nil {
		return err
	}
	passwords, err := c.Passwords.of(users)
	if err != nil {
		return err
	}
	name := "server.tmpl"
	if c.UsersOnly {
		name = "users.tmpl"
	}
	var text strings.Builder
	err = templates.ExecuteTemplate(&text, name, map[string]any{"Config": c, "Users": users, "Passwords": passwords, "StoreKey": StoreKey})
	if err != nil {
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
