package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// ErrHelp says that a program was asked what it is and has told it.
var ErrHelp = errors.New("asked for help")

var helpWords = []string{"--help", "-h", "--settings", "help"}

// Settings is Load for a program that takes no arguments. With --help, -h or --settings the program tells on standard output what it is
// (about: some sentences) and each setting, with its default; the error then is ErrHelp, with which Main exits 0.
func Settings[T any](p Process, about string) (T, error) {
	var none T
	switch {
	case len(p.Args) == 0:
		return Load[T](p.Environ)
	case len(p.Args) == 1 && slices.Contains(helpWords, p.Args[0]):
		return none, cmp.Or(tell(p.Stdout, p.Name+" "+about, WriteSettings[T]), ErrHelp)
	}
	return none, fmt.Errorf("read arguments: %q is none: settings come from the environment; --help tells them", p.Args[0])
}

func tell(w io.Writer, about string, settings func(io.Writer) error) error {
	_, err := fmt.Fprintf(w, "%s\n\nSettings, from the environment; NAME_FILE may name a file that holds the value of NAME:\n\n", about)
	return errors.Join(err, settings(w))
}

// WriteSettings tells each setting of T: its name, whether it is required, its default, what it is for.
func WriteSettings[T any](w io.Writer) error {
	var text strings.Builder
	for _, v := range variables(reflect.TypeFor[T](), "") {
		fmt.Fprintf(&text, "  %s%s\n      %s; %s\n", v.name, v.need(), v.about, v.remedy)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (v variable) need() string {
	switch {
	case v.required:
		return " (required)"
	case v.fallback != "":
		return " (default " + v.fallback + ")"
	}
	return ""
}
