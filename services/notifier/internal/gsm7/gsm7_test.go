package gsm7

import (
	"strings"
	"testing"
)

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want int
	}{
		{"160 letters fit one segment", strings.Repeat("a", 160), 1},
		{"161 letters need two", strings.Repeat("a", 161), 2},
		{"a euro sign costs two septets", strings.Repeat("a", 158) + "€", 1},
		{"and so 159 letters and a euro sign need two segments", strings.Repeat("a", 159) + "€", 2},
		{"one character outside the alphabet makes 70 the bound", strings.Repeat("a", 69) + "ł", 1},
		{"and the 71st needs a second segment", strings.Repeat("a", 70) + "ł", 2},
		{"a character outside the basic plane counts twice", strings.Repeat("😀", 35), 1},
		{"which the 36th shows", strings.Repeat("😀", 36), 2},
	} {
		if got := Segments(c.text); got != c.want {
			t.Errorf("%s: got %d segments, want %d", c.name, got, c.want)
		}
	}
}

func TestTheAlphabetHas128Places(t *testing.T) {
	const escape = 1
	if n := len([]rune(basic)) + escape; n != 128 {
		t.Errorf("the default alphabet has 128 places, the table has %d", n)
	}
}
