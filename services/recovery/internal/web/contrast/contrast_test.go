package contrast_test

import (
	"math"
	"testing"

	"countersign/services/recovery/internal/web/contrast"
	"pgregory.net/rapid"
)

func color(t *testing.T, text string) contrast.Color {
	t.Helper()
	c, ok := contrast.Parse(text)
	if !ok {
		t.Fatalf("%s is not read", text)
	}
	return c
}

func TestRatiosAreThoseOfWCAG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#ffffff", "#ffffff", 1},
		{"#777777", "#ffffff", 4.48}, // the well-known gray that just fails
		{"#767676", "#ffffff", 4.54},
		{"#0000ff", "#ffffff", 8.59},
		{"#ff0000", "#ffffff", 4.00},
		{"#ffff00", "#ffffff", 1.07},
	} {
		if got := contrast.Ratio(color(t, c.a), color(t, c.b)); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestTextOnABrandsColor(t *testing.T) {
	t.Parallel()
	for brand, want := range map[string]string{
		"#000000": "#ffffff", "#ffffff": "#000000", "#ffd400": "#000000", "#0b5d54": "#ffffff", "#ff0000": "#000000", "#c00000": "#ffffff",
		"#00a0ff": "#000000", "#3d3bb8": "#ffffff", "#767676": "#000000",
	} {
		if got := contrast.On(color(t, brand)); got.String() != want {
			t.Errorf("on %s: %s, want %s", brand, got, want)
		}
	}
}

func TestABrandsColorAsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, brand, ground string
		same                bool
	}{
		{"readable as it is", "#0b5d54", "#ffffff", true},
		{"yellow on white is darkened", "#ffd400", "#ffffff", false},
		{"navy on dark is lightened", "#000080", "#151d1b", false},
		{"white on white", "#ffffff", "#ffffff", false},
	} {
		brand, ground := color(t, c.brand), color(t, c.ground)
		got := contrast.Readable(brand, ground)
		if r := contrast.Ratio(got, ground); r < contrast.Text || r > contrast.Text+0.5 && !c.same {
			t.Errorf("%s: %s on %s is %.2f", c.name, got, c.ground, r)
		}
		if (got == brand) != c.same {
			t.Errorf("%s: became %s", c.name, got)
		}
	}
}

func TestWhateverTheBrandItCanBeRead(t *testing.T) {
	t.Parallel()
	any8 := rapid.Custom(func(t *rapid.T) contrast.Color {
		return contrast.Color{R: rapid.Uint8().Draw(t, "r"), G: rapid.Uint8().Draw(t, "g"), B: rapid.Uint8().Draw(t, "b")}
	})
	rapid.Check(t, func(t *rapid.T) {
		brand := any8.Draw(t, "brand")
		if r := contrast.Ratio(brand, contrast.On(brand)); r < contrast.Text {
			t.Errorf("text on %s: %.2f", brand, r)
		}
		for _, grounds := range [][]contrast.Color{{contrast.White, {R: 243, G: 245, B: 244}}, {{R: 27, G: 36, B: 34}, {R: 18, G: 24, B: 23}}} {
			text := contrast.Readable(brand, grounds...)
			for _, g := range grounds {
				if r := contrast.Ratio(text, g); r < contrast.Text {
					t.Errorf("%s as %s on %s: %.2f", brand, text, g, r)
				}
			}
		}
	})
}

func TestWhatIsNoColor(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "#", "#fff", "123456", "#12345g", "#1234567", "#+12345", "red", "#-12345"} {
		if c, ok := contrast.Parse(text); ok {
			t.Errorf("%q is read as %s", text, c)
		}
	}
}
