package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

const maxLine = 64 << 10 // bytes; a migration payload of ten seeds has some 600

// bom is what some editors put in front of a text.
var bom = []byte("\xef\xbb\xbf")

// Lines parses a file line by line: empty lines and those that begin with # are left out.
func Lines(r io.Reader, parse func(line int, text string) iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		reader := bufio.NewReaderSize(r, maxLine)
		for line := 1; ; line++ {
			text, long, err := next(reader)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Record{}, fmt.Errorf("read line %d: %w", line, err))
				return
			}
			if line == 1 {
				text = bytes.TrimPrefix(text, bom)
			}
			if !each(yield, entries(line, text, long, parse)) || err != nil {
				return
			}
		}
	}
}

// next reads to the end of a line. Of one that is too long nothing is kept.
func next(r *bufio.Reader) (text []byte, long bool, err error) {
	text, err = r.ReadSlice('\n')
	text = bytes.TrimSpace(text)
	for errors.Is(err, bufio.ErrBufferFull) {
		text, long = nil, true
		_, err = r.ReadSlice('\n')
	}
	return text, long, err
}

func entries(line int, text []byte, long bool, parse func(int, string) iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	switch {
	case long:
		return One(Record{}, First(line, Faultf("split it", "the line is longer than %d bytes", maxLine)))
	case len(text) == 0 || text[0] == '#':
		return func(func(Record, error) bool) {}
	}
	return parse(line, string(text))
}

// One is a sequence of a single entry.
func One(r Record, err error) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) { yield(r, err) }
}

func each(yield func(Record, error) bool, all iter.Seq2[Record, error]) bool {
	for r, err := range all {
		if !yield(r, err) {
			return false
		}
	}
	return true
}
