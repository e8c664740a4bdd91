package migration

import (
	"google.golang.org/protobuf/encoding/protowire"

	"countersign/cmd/countersign/internal/importer"
)

// A payload is the message in a QR code: one part of an export.
type payload struct {
	accounts            []account
	parts, part, export uint64
}

// An account is one seed, with the format's own enumerations.
type account struct {
	secret                    []byte
	name, issuer              string
	algorithm, digits, kindOf uint64
}

// maxAccounts bounds one code: apps put ten into one.
const maxAccounts = 1000

func read(raw []byte) (p payload, fault *importer.Fault) {
	fault = fields(raw, func(number protowire.Number, value uint64, content []byte) *importer.Fault {
		switch number {
		case 1:
			a, f := readAccount(content)
			if p.accounts = append(p.accounts, a); len(p.accounts) > maxAccounts {
				return importer.Faultf(again, "more than %d accounts in one code", maxAccounts)
			}
			return f
		case 3:
			p.parts = value
		case 4:
			p.part = value
		case 5:
			p.export = value
		}
		return nil
	})
	if fault == nil && len(p.accounts) == 0 {
		fault = importer.Faultf(again, "there is no account in it")
	}
	return p, fault
}

func readAccount(raw []byte) (a account, fault *importer.Fault) {
	fault = fields(raw, func(number protowire.Number, value uint64, content []byte) *importer.Fault {
		switch number {
		case 1:
			a.secret = content
		case 2:
			a.name = string(content)
		case 3:
			a.issuer = string(content)
		case 4:
			a.algorithm = value
		case 5:
			a.digits = value
		case 6:
			a.kindOf = value
		}
		return nil
	})
	return a, fault
}

// fields walks over a message. A field whose number and type do not go together is as good as one that is not known.
func fields(raw []byte, take func(protowire.Number, uint64, []byte) *importer.Fault) *importer.Fault {
	broken := importer.Faultf(again, "data is not what the app writes")
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return broken
		}
		value, content, size := consume(number, kind, raw[n:])
		if size < 0 {
			return broken
		}
		if f := take(number, value, content); f != nil {
			return f
		}
		raw = raw[n+size:]
	}
	return nil
}

func consume(number protowire.Number, kind protowire.Type, raw []byte) (value uint64, content []byte, size int) {
	switch kind {
	case protowire.VarintType:
		value, size = protowire.ConsumeVarint(raw)
	case protowire.BytesType:
		content, size = protowire.ConsumeBytes(raw)
	default:
		size = protowire.ConsumeFieldValue(number, kind, raw)
	}
	return value, content, size
}
