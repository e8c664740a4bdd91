package runtime

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/caarlos0/env/v11"
)

// faults are by setting, the first of each.
type faults map[string]error

func (f faults) add(v variable, problem string) {
	if f[v.name] == nil {
		f[v.name] = fmt.Errorf("%s %s: %s; %s", v.name, problem, v.about, v.remedy)
	}
}

func (f faults) join(known []variable) error {
	errs := []error{f[""]}
	for _, v := range known {
		errs = append(errs, f[v.name])
	}
	return errors.Join(errs...)
}

// explain says the library's errors in the settings' own words, in the order of the settings. What a value was is not said:
// it may be a secret that was put in the wrong place.
func explain[T any](f faults, err error, values map[string]string, known []variable) {
	for _, v := range known {
		_, given := values[v.name]
		switch {
		case !given && missing(err, v.name):
			f.add(v, "is not set")
		case given && malformed[T](v.name, values[v.name]):
			f.add(v, "is not "+wanted(v.kind))
		}
	}
	if len(f) == 0 {
		f[""] = fmt.Errorf("read environment: %w", err) // the struct itself is wrong
	}
}

func missing(err error, name string) bool {
	var all env.AggregateError
	return errors.As(err, &all) && slices.ContainsFunc(all.Errors, func(one error) bool {
		var unset env.VarIsNotSetError
		var empty env.EmptyVarError
		return errors.As(one, &unset) && unset.Key == name || errors.As(one, &empty) && empty.Key == name
	})
}

// malformed reads one variable by itself: the library's error names the field, and two fields may have one name.
func malformed[T any](name, value string) bool {
	var alone T
	var wrong env.ParseError
	err := env.ParseWithOptions(&alone, options(map[string]string{name: value}))
	var all env.AggregateError
	return errors.As(err, &all) && slices.ContainsFunc(all.Errors, func(one error) bool { return errors.As(one, &wrong) })
}

func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration such as 30s"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if t.PkgPath() == "" {
			return "a whole number within its bounds"
		}
	}
	return "what it should be"
}
