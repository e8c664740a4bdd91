package policy

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// A Set is the policies of all platforms, as one file says them. It is immutable.
type Set struct {
	byName   map[string]Policy
	path     string
	state    string        // of the file when it was read
	defaults func(*Policy) // LoadWith's
}

// For returns a platform's policy.
func (s *Set) For(platform string) (Policy, bool) {
	p, ok := s.byName[platform]
	return p, ok
}

// All returns every policy, by name.
func (s *Set) All() []Policy {
	return slices.SortedFunc(maps.Values(s.byName), func(a, b Policy) int { return cmp.Compare(a.Platform, b.Platform) })
}

const maxFile = 1 << 20

// Load reads a policy file of at most 1 MiB. The error is Faults when the content is at fault.
func Load(path string) (*Set, error) { return LoadWith(path, func(*Policy) {}) }

// LoadWith is Load where other defaults hold: defaults changes what a platform has whose file says nothing. It may set what depends
// on where the program runs; it is not held to the bounds of the file, and it is called for each platform whenever the file is read.
func LoadWith(path string, defaults func(*Policy)) (*Set, error) {
	content, err := read(path)
	if err != nil {
		return nil, err
	}
	return loaded(path, content, defaults)
}

func loaded(path string, content []byte, defaults func(*Policy)) (*Set, error) {
	set, err := parse(path, content, defaults)
	if err != nil {
		return nil, err
	}
	set.path, set.state, set.defaults = path, string(content), defaults
	return set, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read policy %s: more than %d bytes", path, maxFile)
	}
	return content, nil
}
