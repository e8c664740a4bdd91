// Package plaincsv reads seeds from a table with a header: comma or semicolon between fields, quotes as RFC 4180 has them.
//
// Columns, in any order: user; one of secret (base32), secret_hex, secret_base64; and, where they differ from what most apps do, issuer,
// algorithm (SHA1), digits (6), period (30, in seconds). Others are a fault: a misspelled "digits" must not become the default.
package plaincsv

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

// MaxInput bounds a file: a quote that is never closed makes one field of all that follows.
const MaxInput = 64 << 20 // bytes

var seeds = map[string]func(string) (events.Secret, *importer.Fault){
	"secret": importer.Base32, "secret_hex": importer.Hex, "secret_base64": importer.Base64,
}

var others = []string{"user", "issuer", "algorithm", "digits", "period"}

// Parse is an importer.Parser.
func Parse(r io.Reader) iter.Seq2[importer.Record, error] {
	return func(yield func(importer.Record, error) bool) {
		rows := open(r)
		header, err := rows.Read()
		line := position(rows, header)
		if err == nil {
			err = check(line, header)
		}
		if err != nil {
			yield(importer.Record{}, bare(err))
			return
		}
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) || !yield(entry(rows, header, row, err)) || fatal(err) {
				return
			}
		}
	}
}

// open finds out what stands between fields: the header names are ours, and hold neither.
func open(r io.Reader) *csv.Reader {
	buffered := bufio.NewReader(importer.Bounded(r, MaxInput))
	if start, _ := buffered.Peek(3); string(start) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
	}
	rows := csv.NewReader(buffered)
	start, _ := buffered.Peek(256)
	first, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.ContainsRune(first, ';') {
		rows.Comma = ';'
	}
	rows.FieldsPerRecord, rows.TrimLeadingSpace, rows.Comment = -1, true, '#'
	return rows
}

func check(line int, header []string) error {
	given := 0
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(name))
		switch _, seed := seeds[header[i]]; {
		case slices.Contains(header[:i], header[i]):
			return importer.First(line, importer.Faultf("leave one of them out", "two columns have the same name"))
		case seed:
			given++
		case !slices.Contains(others, header[i]):
			return importer.First(line, importer.Faultf("name columns "+strings.Join(others, ", ")+" and secret, secret_hex or secret_base64", "column %d has a name that is not known", i+1))
		}
	}
	if given != 1 || !slices.Contains(header, "user") {
		return importer.First(line, importer.Faultf("add the column", "there must be a column user, and one of secret, secret_hex and secret_base64"))
	}
	return nil
}

func entry(rows *csv.Reader, header, row []string, err error) (importer.Record, error) {
	if err != nil {
		return importer.Record{}, bare(err)
	}
	line := position(rows, row)
	if len(row) != len(header) {
		return importer.Record{}, importer.First(line, importer.Faultf("give each column a field, also an empty one", "there are %d fields for %d columns", len(row), len(header)))
	}
	return record(line, header, row)
}

func record(line int, header, row []string) (importer.Record, error) {
	field := func(name string) string {
		if i := slices.Index(header, name); i >= 0 {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	r := importer.Record{Line: line, User: events.NewSecret(field("user")), Issuer: field("issuer")}
	var f [4]*importer.Fault
	for name, decode := range seeds {
		if slices.Contains(header, name) {
			r.Seed, f[0] = decode(field(name))
		}
	}
	r.Algorithm, f[1] = importer.Algorithm(field("algorithm"))
	r.Digits, f[2] = importer.Number("digits", field("digits"))
	r.Period, f[3] = importer.Seconds("period", field("period"))
	if err := importer.First(line, f[:]...); err != nil {
		return importer.Record{}, err
	}
	return r.Check()
}

func position(rows *csv.Reader, row []string) int {
	if len(row) == 0 {
		return 1
	}
	line, _ := rows.FieldPos(0)
	return line
}

// bare makes faults of what encoding/csv says about quotes; its other errors are of the input.
func bare(err error) error {
	if quotes, ok := errors.AsType[*csv.ParseError](err); ok {
		return importer.First(quotes.StartLine, importer.Faultf(`put quotes around the whole field, and "" for one in it`, "a quote stands where none may be"))
	}
	if _, ok := errors.AsType[*importer.Fault](err); ok {
		return err
	}
	if errors.Is(err, io.EOF) {
		return importer.First(1, importer.Faultf("begin with the names of the columns", "there is nothing to read"))
	}
	return fmt.Errorf("read table: %w", err)
}

func fatal(err error) bool {
	_, quotes := errors.AsType[*csv.ParseError](err)
	return err != nil && !quotes
}
