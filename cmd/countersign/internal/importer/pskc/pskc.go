// Package pskc reads Portable Symmetric Key Containers (RFC 6030), which makers of hardware tokens deliver.
//
// Seeds may stand in clear, or under a pre-shared AES key or a password: in CBC mode with a MAC, or wrapped. What RFC 6030 has beyond that
// (certificates, other ciphers) is a fault that says so.
package pskc

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

// MaxInput bounds a file.
const MaxInput = 64 << 20 // bytes

const namespace = "urn:ietf:params:xml:ns:keyprov:pskc"

// Keys are what containers are under; without the one that a file needs, its seeds in clear alone are read.
type Keys struct {
	PreShared events.Secret // AES: 16, 24 or 32 raw bytes
	Password  events.Secret // UTF-8, of which PBKDF2 makes the key
}

// Parse gives an importer.Parser for containers under these keys. The user is the UserId of the key or of its device, else the key's Id, else the serial number.
func Parse(keys Keys) importer.Parser {
	return func(r io.Reader) iter.Seq2[importer.Record, error] {
		return func(yield func(importer.Record, error) bool) {
			c := container{decoder: xml.NewDecoder(importer.Bounded(r, MaxInput)), keys: keys, key: keys.PreShared}
			for {
				record, err := c.next()
				if errors.Is(err, errNotAKey) {
					continue
				}
				if errors.Is(err, io.EOF) || !yield(record, err) || isFatal(err) {
					return
				}
			}
		}
	}
}

var errNotAKey = errors.New("not a key")

func isFatal(err error) bool {
	_, fault := errors.AsType[*importer.Fault](err)
	return err != nil && !fault
}

// A container is what of a file comes before its keys.
type container struct {
	decoder *xml.Decoder
	keys    Keys
	key     events.Secret
	keyless *importer.Fault // why there is no key
	opened  bool
	mac     macMethod
}

// next reads to the end of the next key, or to what matters before it.
func (c *container) next() (importer.Record, error) {
	token, err := c.decoder.Token()
	if err != nil {
		return importer.Record{}, c.fatal(err)
	}
	start, ok := token.(xml.StartElement)
	if !ok {
		return importer.Record{}, errNotAKey
	}
	line, _ := c.decoder.InputPos()
	if !c.opened && (start.Name.Local != "KeyContainer" || start.Name.Space != namespace) {
		return importer.Record{}, fmt.Errorf("read container: line %d: %w", line, errors.New("it is no KeyContainer of RFC 6030"))
	}
	c.opened = true
	return c.element(line, start)
}

func (c *container) element(line int, start xml.StartElement) (importer.Record, error) {
	switch start.Name.Local {
	case "EncryptionKey":
		var e encryptionKey
		err := c.decoder.DecodeElement(&e, &start)
		c.key, c.keyless = c.keys.keyOf(e)
		return importer.Record{}, c.before(err)
	case "MACMethod":
		return importer.Record{}, c.before(c.decoder.DecodeElement(&c.mac, &start))
	case "KeyPackage":
		var p keyPackage
		if err := c.decoder.DecodeElement(&p, &start); err != nil {
			return importer.Record{}, c.fatal(err)
		}
		return c.record(line, p)
	}
	return importer.Record{}, errNotAKey
}

func (c *container) before(err error) error {
	if err != nil {
		return c.fatal(err)
	}
	return errNotAKey
}

// fatal leaves the end of the file as it is; encoding/xml quotes names of elements alone, but of any length.
func (c *container) fatal(err error) error {
	line, _ := c.decoder.InputPos()
	if errors.Is(err, io.EOF) {
		if !c.opened {
			return errors.New("read container: there is nothing to read")
		}
		return io.EOF
	}
	if _, syntax := errors.AsType[*xml.SyntaxError](err); syntax {
		return fmt.Errorf("read container: line %d is not XML", line)
	}
	return fmt.Errorf("read container: line %d: %w", line, err)
}
