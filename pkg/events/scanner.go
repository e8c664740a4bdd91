package events

import (
	"bytes"
	"encoding/json"
)

// A scanner finds the members of a JSON object. It looks at no more than it needs: of a text that is not valid JSON it may say anything, and ends.
type scanner struct {
	text []byte
	at   int
}

// members goes through an object's members; names are as they stand there, in quotes. It is false for what is no JSON object.
func members(text []byte, each func(quoted []byte, value json.RawMessage)) bool {
	s := scanner{text: text}
	if s.next() != '{' {
		return false
	}
	for s.at++; s.next() != '}'; {
		quoted, value, ok := s.member()
		if !ok {
			return false
		}
		each(quoted, value)
	}
	return true
}

// next skips what stands between tokens and returns the byte after it; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) member() (quoted []byte, value json.RawMessage, ok bool) {
	begin := s.at
	if s.next() != '"' || !s.string() {
		return nil, nil, false
	}
	quoted = s.text[begin:s.at]
	s.next()
	begin = s.at
	if !s.value() {
		return nil, nil, false
	}
	return quoted, json.RawMessage(s.text[begin:s.at:s.at]), true
}

// string passes over a string; it is false where there is no end to it.
func (s *scanner) string() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) value() bool {
	switch s.next() {
	case '"':
		return s.string()
	case '{', '[':
		return s.nested()
	}
	begin := s.at
	for s.at < len(s.text) && bytes.IndexByte([]byte(" \t\r\n,]}"), s.text[s.at]) < 0 {
		s.at++
	}
	return s.at > begin
}

// nested passes over an object or a list: its brackets match.
func (s *scanner) nested() bool {
	for depth := 0; s.at < len(s.text); {
		switch s.text[s.at] {
		case '"':
			if !s.string() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return true
		}
	}
	return false
}

// unquote reads a string as encoding/json does; "" for what is none.
func unquote(quoted []byte) string {
	inner := string(quoted[1 : len(quoted)-1])
	if printable(inner) && !bytes.ContainsRune(quoted, '\\') {
		return inner
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return ""
	}
	return text
}
