// Package contrast makes a brand's color readable: by WCAG 2.2's contrast ratio, 4.5 to 1 for text.
package contrast

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Text is the least ratio of text to what it stands on (WCAG 2.2, 1.4.3).
const Text = 4.5

// A Color is sRGB, 8 bits each.
type Color struct{ R, G, B uint8 }

var (
	Black = Color{}
	White = Color{255, 255, 255}
)

// Parse reads #rrggbb.
func Parse(text string) (Color, bool) {
	digits, marked := strings.CutPrefix(text, "#")
	n, err := strconv.ParseUint(digits, 16, 24)
	if !marked || len(digits) != 6 || err != nil {
		return Color{}, false
	}
	return Color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

// String writes #rrggbb.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Ratio is between two colors, from 1 to 21, whichever stands on the other.
func Ratio(a, b Color) float64 {
	high, low := a.luminance(), b.luminance()
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// On is the color of text on c, black or white: one of them always reaches Text.
func On(c Color) Color {
	if Ratio(c, White) >= Ratio(c, Black) {
		return White
	}
	return Black
}

// Readable is c as text on all of the grounds: c itself where that is readable, else the least mix with black or white that is. Grounds
// that no color is readable on get the better one of the two.
func Readable(c Color, grounds ...Color) Color {
	toward := Black
	if len(grounds) > 0 && On(grounds[0]) == White {
		toward = White
	}
	const parts = 64
	for part := range parts {
		if m := mix(c, toward, float64(part)/parts); readable(m, grounds) {
			return m
		}
	}
	return toward
}

func readable(c Color, grounds []Color) bool {
	for _, g := range grounds {
		if Ratio(c, g) < Text {
			return false
		}
	}
	return true
}

func mix(a, b Color, share float64) Color {
	one := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Color{one(a.R, b.R), one(a.G, b.G), one(a.B, b.B)}
}

// luminance is the relative one of WCAG 2.2.
func (c Color) luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func linear(channel uint8) float64 {
	v := float64(channel) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
