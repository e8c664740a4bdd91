package runtime

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events"
	"github.com/caarlos0/env/v11"
)

// Common is what every worker's settings embed.
type Common struct {
	LogLevel slog.Level    `env:"COUNTERSIGN_LOG_LEVEL" envDefault:"INFO" about:"it says how much is logged" remedy:"use DEBUG, INFO, WARN or ERROR"`
	Admin    string        `env:"COUNTERSIGN_ADMIN_ADDRESS" envDefault:":9090" about:"it is where /livez, /readyz and /metrics are served" remedy:"use host:port, of a port that only operators reach"`
	Drain    time.Duration `env:"COUNTERSIGN_DRAIN_TIMEOUT" envDefault:"25s" about:"it bounds how long the process finishes what it has begun" remedy:"use less than the platform waits before it kills"`
}

// Load reads settings from the environment into a struct. Each field has a tag `env:"NAME"` or `env:"NAME,required"` (see
// caarlos0/env for lists, defaults and prefixes), `about:"it …"` for what the setting is for and `remedy:"…"`. NAME_FILE may
// name a file that holds the value, as secrets are mounted; a newline at its end is dropped. An empty value counts as none.
// A method Check() error of *T is asked as well, for what no tag can say; what is at fault already it finds empty or at its default. The error has
// one line for each setting at fault, without its value.
func Load[T any](environ []string) (T, error) {
	var settings T
	known := variables(reflect.TypeFor[T](), "")
	found := faults{}
	values := found.resolve(env.ToMap(environ), known)
	if err := env.ParseWithOptions(&settings, options(values)); err != nil {
		explain[T](found, err, values, known)
	}
	err := found.join(known)
	if c, ok := any(&settings).(interface{ Check() error }); ok {
		err = errors.Join(err, c.Check())
	}
	return settings, err
}

// A variable is one setting as its tags describe it.
type variable struct {
	name, about, remedy, fallback string
	required                      bool
	kind                          reflect.Type
}

// variables gives the settings of a struct in the order of its fields.
func variables(t reflect.Type, prefix string) (all []variable) {
	if t.Kind() != reflect.Struct || t == secretType {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, options, _ := strings.Cut(f.Tag.Get("env"), ","); name != "" {
			all = append(all, variable{
				name: prefix + name, about: f.Tag.Get("about"), remedy: f.Tag.Get("remedy"), fallback: f.Tag.Get("envDefault"),
				required: slices.Contains(strings.Split(options, ","), "required"), kind: f.Type,
			})
		} else {
			all = append(all, variables(f.Type, prefix+f.Tag.Get("envPrefix"))...)
		}
	}
	return all
}

// resolve reads the files that variables name. The result holds known variables alone.
func (f faults) resolve(environ map[string]string, known []variable) map[string]string {
	values := map[string]string{}
	for _, v := range known {
		value, path := environ[v.name], environ[v.name+"_FILE"]
		switch {
		case value != "" && path != "":
			f.add(v, "and "+v.name+"_FILE are both set")
		case path != "":
			text, err := readSetting(path)
			if err != nil {
				f.add(v, fmt.Sprintf("cannot be read (%v)", err))
			}
			value = text
		}
		if value != "" {
			values[v.name] = value
		}
	}
	return values
}

const maxSetting = 1 << 20

func readSetting(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSetting))
	return strings.TrimRight(string(content), "\r\n"), err
}

var secretType = reflect.TypeFor[events.Secret]()

func options(values map[string]string) env.Options {
	return env.Options{Environment: values, FuncMap: map[reflect.Type]env.ParserFunc{
		secretType: func(v string) (any, error) { return events.NewSecret(v), nil },
	}}
}
