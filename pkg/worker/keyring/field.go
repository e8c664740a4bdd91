package keyring

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"countersign/pkg/events"
)

var encoding = base64.RawURLEncoding

// A Place is where a sealed text stands. It opens nowhere else.
type Place struct {
	Stream string // acme/enrollment/k3f…
	Field  string // unique within the stream: "contacts.email", "<enrollment id>.label"
}

const (
	fieldVersion = 1
	fieldHead    = 5 // version, then the key number as 4 bytes, most significant first
)

var errNotSealed = errors.New("text is not a sealed one")

// Seal encrypts text for one place with AES-256-GCM under a key that follows from the data key. The result is URL-safe
// base64 of 33 bytes more than text; it names its key number.
func (k *DataKey) Seal(p Place, text events.Secret) (string, error) {
	if p.Stream == "" || p.Field == "" {
		return "", errors.New("seal text: its place is not named")
	}
	head := binary.BigEndian.AppendUint32([]byte{fieldVersion}, uint32(k.ref.Number))
	box := wrap(subkey(k.key, "field"), k.fieldAAD(p), []byte(text.Reveal()))
	return encoding.EncodeToString(append(head, box...)), nil
}

// Open gives back what Seal was given; ErrForged unless place and key are the same.
func (k *DataKey) Open(p Place, sealed string) (events.Secret, error) {
	number, box, err := splitField(sealed)
	if err == nil && number != k.ref.Number {
		err = fmt.Errorf("%w: it is of key number %d", ErrForged, number)
	}
	if err != nil {
		return events.Secret{}, fmt.Errorf("open %s of %s: %w", p.Field, p.Stream, err)
	}
	plain, err := unwrap(subkey(k.key, "field"), k.fieldAAD(p), box)
	if err != nil {
		return events.Secret{}, fmt.Errorf("open %s of %s: %w", p.Field, p.Stream, err)
	}
	return events.NewSecret(string(plain)), nil
}

// OpenText opens a sealed text of a keyring with the key whose number it names.
func (r *Rings) OpenText(ctx context.Context, purpose Purpose, platform, userkey, keyring string, p Place, sealed string) (events.Secret, error) {
	number, _, err := splitField(sealed)
	if err != nil {
		return events.Secret{}, fmt.Errorf("open %s of %s: %w", p.Field, p.Stream, err)
	}
	key, err := r.Key(ctx, purpose, platform, userkey, Ref{keyring, number})
	if err != nil {
		return events.Secret{}, err
	}
	return key.Open(p, sealed)
}

func (k *DataKey) fieldAAD(p Place) string {
	return parts("field", p.Stream, p.Field, k.ref.Keyring, strconv.Itoa(k.ref.Number))
}

func splitField(sealed string) (number int, box []byte, err error) {
	raw, err := encoding.DecodeString(sealed)
	if err != nil || len(raw) < fieldHead || raw[0] != fieldVersion {
		return 0, nil, errNotSealed
	}
	return int(binary.BigEndian.Uint32(raw[1:fieldHead])), raw[fieldHead:], nil
}
