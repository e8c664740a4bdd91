package policy

import (
	"fmt"
	"slices"
	"strings"
)

func words[T ~string](name string, at *[]T, allowed ...T) field {
	return field{name, func(v any) error {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("is %v: write a list like [%s]", shown(v), allowed[0])
		}
		var taken []T
		for _, one := range list {
			s, ok := one.(string)
			if !ok || !slices.Contains(allowed, T(s)) {
				return fmt.Errorf("has %v: write %s", shown(one), oneOf(allowed))
			}
			if slices.Contains(taken, T(s)) {
				return fmt.Errorf("has %s twice: write it once", s)
			}
			taken = append(taken, T(s))
		}
		*at = taken
		return nil
	}, func() any { return *at }}
}

// list is of texts that check judges together.
func list(name string, at *[]string, check func([]string) error) field {
	return field{name, func(v any) error {
		all, ok := v.([]any)
		taken := make([]string, len(all))
		for i := range all {
			one, isText := all[i].(string)
			taken[i], ok = one, ok && isText
		}
		if !ok {
			return fmt.Errorf("is %v: write a list of texts in brackets", shown(v))
		}
		if err := check(taken); err != nil {
			return err
		}
		*at = taken
		return nil
	}, func() any { return *at }}
}

func oneOf[T ~string](allowed []T) string {
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts[:len(texts)-1], ", ") + " or " + texts[len(texts)-1]
}
