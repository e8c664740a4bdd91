package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A field is one row of the file's table.
type field struct {
	name string          // section and name with a dot, or the name alone
	set  func(any) error // takes what YAML says; the error says what is wrong with it and what would be right
	get  func() any      // as it stands in the document
}

func number(name string, at *int, least, most int, except ...int) field {
	return field{name, func(v any) error {
		n, ok := integer(v)
		if !ok || n < least || n > most || slices.Contains(except, n) {
			return fmt.Errorf("is %v: write %s", shown(v), numbers(least, most, except))
		}
		*at = n
		return nil
	}, func() any { return *at }}
}

func numbers(least, most int, except []int) string {
	if len(except) == 0 {
		return fmt.Sprintf("a whole number from %d to %d", least, most)
	}
	var allowed []string
	for n := least; n <= most; n++ {
		if !slices.Contains(except, n) {
			allowed = append(allowed, fmt.Sprint(n))
		}
	}
	return strings.Join(allowed, " or ")
}

func integer(v any) (int, bool) {
	switch n := v.(type) {
	case int64:
		return int(n), true
	case uint64:
		return int(n), n < 1<<31
	}
	return 0, false
}

func span(name string, at *time.Duration, least, most time.Duration) field {
	return field{name, func(v any) error {
		s, _ := v.(string)
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most || d%time.Second != 0 {
			return fmt.Errorf("is %v: write a duration of whole seconds from %s to %s", shown(v), brief(least), brief(most))
		}
		*at = d
		return nil
	}, func() any { return brief(*at) }}
}

// brief is a duration as people write it: 10m, not 10m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func flag(name string, at *bool) field {
	return field{name, func(v any) error {
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("is %v: write true or false", shown(v))
		}
		*at = b
		return nil
	}, func() any { return *at }}
}

func word[T ~string](name string, at *T, allowed ...T) field {
	return field{name, func(v any) error {
		s, ok := v.(string)
		if !ok || !slices.Contains(allowed, T(s)) {
			return fmt.Errorf("is %v: write %s", shown(v), oneOf(allowed))
		}
		*at = T(s)
		return nil
	}, func() any { return *at }}
}

func text(name string, at *string, check func(string) error) field {
	return field{name, func(v any) error {
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("is %v: write a text; what looks like a number or begins with # goes in quotes", shown(v))
		}
		if err := check(s); err != nil {
			return err
		}
		*at = s
		return nil
	}, func() any { return *at }}
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return fmt.Sprint(v)
}
