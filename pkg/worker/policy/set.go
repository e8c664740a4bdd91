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
	byName map[string]Policy
	path   string
	state  string // of the file when it was read
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
func Load(path string) (*Set, error) {
	content, err := read(path)
	if err != nil {
		return nil, err
	}
	set, err := Parse(path, content)
	if err != nil {
		return nil, err
	}
	set.path, set.state = path, string(content)
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
