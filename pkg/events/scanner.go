package events

import (
	"bytes"
	"encoding/json"
)

// A scanner finds the members of a JSON object in a text that is known to be valid JSON: only then does it end.
type scanner struct {
	text []byte
	at   int
}

// members goes through an object's members; names are as they stand there, in quotes. It is false for what is no JSON object.
func members(text []byte, each func(quoted []byte, value json.RawMessage)) bool {
	if !json.Valid(text) {
		return false
	}
	s := scanner{text: text}
	if s.next() != '{' {
		return false
	}
	for s.at++; s.next() != '}'; {
		each(s.member())
	}
	return true
}

// next skips what stands between tokens and returns the byte after it.
func (s *scanner) next() byte {
	for {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		default:
			return c
		}
	}
}

func (s *scanner) member() (quoted []byte, value json.RawMessage) {
	quoted = s.string()
	s.next()
	begin := s.at
	s.value()
	return quoted, json.RawMessage(s.text[begin:s.at:s.at])
}

// string returns a string with its quotes.
func (s *scanner) string() []byte {
	begin := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[begin:s.at]
}

func (s *scanner) value() {
	switch s.text[s.at] {
	case '"':
		s.string()
	case '{', '[':
		s.nested()
	default:
		for s.at < len(s.text) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(s.text[s.at])) {
			s.at++
		}
	}
}

// nested passes over an object or a list: its brackets match.
func (s *scanner) nested() {
	for depth := 0; ; {
		switch s.text[s.at] {
		case '"':
			s.string()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return
		}
	}
}

// unquote reads a string as encoding/json does.
func unquote(quoted []byte) string {
	inner := string(quoted[1 : len(quoted)-1])
	if printable(inner) && !bytes.ContainsRune(quoted, '\\') {
		return inner
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		panic("events: read a string of valid JSON: " + err.Error())
	}
	return text
}
