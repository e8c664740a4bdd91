// Package canary looks for secrets where none may be: as they are, and as base64, base64url, base32 and hex write them.
package canary

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Canary is a text that may rest nowhere.
type Canary struct {
	Name  string
	forms []form
}

// A form is one way in which the text may be written.
type form struct {
	name string
	text []byte
	bare bool // counts only where no digit stands beside it: times and numbers hold every sequence of digits
}

const least = 6 // bytes: shorter ones stand everywhere by chance, and six digits stand in much that is searched

// New makes a canary of a text of at least 6 bytes, better 8.
func New(name, text string) Canary {
	if len(text) < least {
		panic("a canary so short is found by chance: " + name)
	}
	c := Canary{Name: name}
	c.add("as it is", text, strings.Trim(text, "0123456789") == "")
	c.add("in hex", hex.EncodeToString([]byte(text)), false)
	c.add("in upper-case hex", strings.ToUpper(hex.EncodeToString([]byte(text))), false)
	c.aligned("in base64", text, 6, base64.RawStdEncoding.EncodeToString)
	c.aligned("in base64url", text, 6, base64.RawURLEncoding.EncodeToString)
	c.aligned("in base32", text, 5, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString)
	c.aligned("in lower-case base32", text, 5, func(b []byte) string {
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
	})
	return c
}

func (c *Canary) add(name, text string, bare bool) {
	c.forms = append(c.forms, form{name, []byte(text), bare})
}

// aligned adds what an encoding of some bits a letter makes of the text wherever it begins in a longer one: the letters that
// it alone decides.
func (c *Canary) aligned(name, text string, bits int, encode func([]byte) string) {
	for before := range bits {
		written := encode(append(make([]byte, before), text...))
		first, last := (before*8+bits-1)/bits, (before+len(text))*8/bits
		c.add(name, written[first:last], false)
	}
}

// Find says in which forms the canary stands in text.
func (c Canary) Find(text []byte) []string {
	var found []string
	for _, f := range c.forms {
		if f.in(text) {
			found = append(found, c.Name+" "+f.name)
		}
	}
	return found
}

func (f form) in(text []byte) bool {
	for {
		at := bytes.Index(text, f.text)
		if at < 0 {
			return false
		}
		end := at + len(f.text)
		if !f.bare || !digit(text, at-1) && !digit(text, end) {
			return true
		}
		text = text[end-1:]
	}
}

func digit(text []byte, at int) bool {
	return at >= 0 && at < len(text) && '0' <= text[at] && text[at] <= '9'
}

// FindInFolder says in which files below path which canaries stand.
func FindInFolder(path string, all []Canary) (found []string, err error) {
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) { // a running process makes and removes files
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			return nil
		}
		for _, c := range all {
			for _, where := range c.Find(text) {
				found = append(found, fmt.Sprintf("%s: %s", strings.TrimPrefix(file, path), where))
			}
		}
		return err
	})
	return found, err
}
