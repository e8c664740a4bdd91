package dead

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
)

// A Filter says which letters are meant. What is empty fits every letter.
type Filter struct {
	Platform, Worker, Reason string
	Type                     string        // <entity>.<fact>, or the wire name
	UserKey                  string        // whom they are about
	OlderThan, YoungerThan   time.Duration // since they died
	Sequences                []Range
	Now                      time.Time
	All                      bool // every letter is meant, and whoever says it knows
}

// A Range is of sequences, both ends included.
type Range struct{ First, Last uint64 }

// ReadRanges reads sequences such as 17 and 20-25.
func ReadRanges(args []string) (all []Range, err error) {
	for _, arg := range args {
		from, to, isRange := strings.Cut(arg, "-")
		if !isRange {
			to = from
		}
		first, wrong := strconv.ParseUint(from, 10, 64)
		last, alsoWrong := strconv.ParseUint(to, 10, 64)
		if wrong != nil || alsoWrong != nil || first == 0 || last < first {
			err = errors.Join(err, fmt.Errorf("%q is no sequence of a letter: write 17, or 20-25 for a range", arg))
			continue
		}
		all = append(all, Range{first, last})
	}
	return all, err
}

// Check names everything that is wrong with it.
func (f Filter) Check() error {
	var all []error
	if f.Platform != "" && events.CheckPlatform(f.Platform) != nil {
		all = append(all, fmt.Errorf("--platform %q is not the name of a platform: 1 to 63 lower-case letters, digits and hyphens", f.Platform))
	}
	for flag, word := range map[string]string{"--worker": f.Worker, "--reason": f.Reason, "--userkey": f.UserKey} {
		if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			all = append(all, fmt.Errorf("%s %q is not a word of letters, digits and underscores, as `countersign dead list` shows it", flag, word))
		}
	}
	if _, _, err := f.fact(); err != nil {
		all = append(all, err)
	}
	if f.OlderThan < 0 || f.YoungerThan < 0 {
		all = append(all, errors.New("--older-than or --younger-than is below 0: write 90s, 15m or 36h"))
	}
	if f.OlderThan > 0 && f.YoungerThan > 0 && f.OlderThan >= f.YoungerThan {
		all = append(all, errors.New("--older-than is not below --younger-than: no letter is both"))
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(all...)
}

// Chosen refuses a filter that fits every letter by oversight.
func (f Filter) Chosen() error {
	narrow := f.Platform + f.Worker + f.Reason + f.Type + f.UserKey
	if f.All || narrow != "" || f.OlderThan > 0 || f.YoungerThan > 0 || len(f.Sequences) > 0 {
		return nil
	}
	return errors.New("no letter is chosen: name sequences or a filter, or say --all")
}

func (f Filter) fact() (entity, fact string, err error) {
	if f.Type == "" {
		return "*", "*", nil
	}
	name := f.Type
	if entity, fact, _, err = events.ParseName(name); err == nil {
		return entity, fact, nil
	}
	if entity, fact, _, err = events.ParseName("countersign." + name + ".v1"); err == nil {
		return entity, fact, nil
	}
	return "", "", fmt.Errorf("--type %q is no type: write <entity>.<fact>, such as login.started", f.Type)
}

// subject lets the bus find what it can.
func (f Filter) subject() string {
	any := func(word string) string {
		if word == "" {
			return "*"
		}
		return word
	}
	entity, fact, err := f.fact()
	if err != nil {
		entity, fact = "*", "*"
	}
	return events.DeadSubject(any(f.Platform), any(f.Worker), entity, fact)
}

func (f Filter) first() uint64 {
	if len(f.Sequences) == 0 {
		return 1
	}
	first := uint64(math.MaxUint64)
	for _, r := range f.Sequences {
		first = min(first, r.First)
	}
	return first
}

func (f Filter) fits(l Letter) bool {
	age := f.Now.Sub(l.Died)
	chosen := len(f.Sequences) == 0 || slices.ContainsFunc(f.Sequences, func(r Range) bool { return r.First <= l.Sequence && l.Sequence <= r.Last })
	return chosen && (f.Reason == "" || f.Reason == l.Reason) && (f.UserKey == "" || f.UserKey == l.UserKey) &&
		(f.OlderThan == 0 || age >= f.OlderThan) && (f.YoungerThan == 0 || age < f.YoungerThan)
}
