package template

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"countersign/pkg/events/notification"
)

// eachMail calls f with every mail as a client reads it.
func eachMail(t *testing.T, f func(t *testing.T, source string, page *html.Node)) {
	t.Helper()
	each(t, func(t *testing.T, c notification.Channel, k kind, d Data) {
		if c != notification.Email {
			return
		}
		source := render(t, c, k.name, d).HTML.Reveal()
		page, err := html.Parse(strings.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		f(t, source, page)
	})
}

func walk(n *html.Node, f func(*html.Node)) {
	f(n)
	for c := range n.ChildNodes() {
		walk(c, f)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// declarations are what a style says.
func declarations(style string) map[string]string {
	all := map[string]string{}
	for _, one := range strings.Split(style, ";") {
		if name, value, ok := strings.Cut(one, ":"); ok {
			all[strings.TrimSpace(name)] = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		}
	}
	return all
}

// What the clients understand that people read mails in: Gmail, Outlook on the desk (which draws by Word) and in the browser, Apple Mail,
// Yahoo, Thunderbird. What some of them pass over (max-width, border-radius, display) leaves a mail that can be read.
var (
	elements   = strings.Fields("html head meta title style body div table tbody tr td p h1 strong a")
	properties = strings.Fields(`margin padding background-color color border border-radius font-family font-size font-weight line-height
		letter-spacing text-align text-decoration word-break display max-height max-width overflow -webkit-text-size-adjust mso-padding-alt`)
	attributes = map[string][]string{
		"html": {"lang", "dir"}, "meta": {"charset", "name", "content"}, "body": {"class", "style", "bgcolor"}, "div": {"style"},
		"table": {"role", "class", "width", "cellpadding", "cellspacing", "border", "style", "bgcolor"},
		"td":    {"class", "align", "style", "bgcolor", "height"}, "p": {"class", "style"}, "h1": {"class", "style"}, "a": {"class", "href", "style"},
	}
)

const clipped = 102 << 10 // bytes: Gmail shows no more

func TestTheHTMLOfAMailHoldsInCommonClients(t *testing.T) {
	eachMail(t, func(t *testing.T, source string, page *html.Node) {
		if len(source) > clipped/4 {
			t.Errorf("it is %d bytes long", len(source))
		}
		for _, outside := range []string{"url(", "@import", "@font-face", "<img", "<script", "<link", "<form", "javascript:", "cid:"} {
			if strings.Contains(source, outside) {
				t.Errorf("it needs %s, which clients keep away", outside)
			}
		}
		walk(page, func(n *html.Node) {
			if n.Type == html.ElementNode {
				holds(t, n)
			}
		})
	})
}

func holds(t *testing.T, n *html.Node) {
	t.Helper()
	if !slices.Contains(elements, n.Data) {
		t.Errorf("<%s> is not in every client", n.Data)
	}
	for _, a := range n.Attr {
		if !slices.Contains(attributes[n.Data], a.Key) {
			t.Errorf("<%s %s> is not in every client", n.Data, a.Key)
		}
	}
	style := declarations(attribute(n, "style"))
	for name, value := range style {
		if !slices.Contains(properties, name) || name == "display" && value != "none" && value != "inline-block" {
			t.Errorf("<%s>: %s: %s is not in every client", n.Data, name, value)
		}
	}
	if ground := style["background-color"]; ground != attribute(n, "bgcolor") {
		t.Errorf("<%s>: the background is %q by its style and %q by its attribute, which Word wants", n.Data, ground, attribute(n, "bgcolor"))
	}
	switch n.Data {
	case "table":
		if attribute(n, "role") != "presentation" || attribute(n, "cellpadding") != "0" || attribute(n, "cellspacing") != "0" || attribute(n, "border") != "0" {
			t.Errorf("a table is read aloud as one, or has lines: %v", n.Attr)
		}
	case "p", "h1": // whatever the client takes away of the head
		if style["font-size"] == "" || style["line-height"] == "" || style["color"] == "" || style["margin"] == "" {
			t.Errorf("<%s> looks as the client wants: %v", n.Data, style)
		}
	case "a":
		if n.Parent.Data != "td" || declarations(attribute(n.Parent, "style"))["mso-padding-alt"] == "" || style["color"] == "" || style["text-decoration"] == "" {
			t.Errorf("a button is none in Word, or is underlined: %v", n.Attr)
		}
	}
}

// Word passes over max-width and would stretch a line over a whole screen.
func TestOutlookSeesACardAsWell(t *testing.T) {
	eachMail(t, func(t *testing.T, source string, _ *html.Node) {
		hidden := strings.Join(regexp.MustCompile(`(?s)<!--\[if mso\]>(.*?)<!\[endif\]-->`).FindAllString(source, -1), "")
		for _, of := range []string{"table", "tr", "td"} {
			if strings.Count(hidden, "<"+of) != 1 || strings.Count(hidden, "</"+of+">") != 1 {
				t.Errorf("%s is not opened and closed once: %s", of, hidden)
			}
		}
		if !strings.Contains(hidden, `width="520"`) {
			t.Errorf("it has no width: %s", hidden)
		}
	})
}

var (
	media = regexp.MustCompile(`(?s)@media \(prefers-color-scheme: dark\) \{(.*?)\n  \}`)
	rule  = regexp.MustCompile(`(?m)^ *(\[data-ogs[bc]\] )?\.([a-z]+) \{ ([^}]*) \}`)
)

// darkened are the dark colors by class: as most clients read them, and as Outlook in the browser does.
func darkened(t *testing.T, source string) (most, outlook map[string]map[string]string) {
	t.Helper()
	most, outlook = map[string]map[string]string{}, map[string]map[string]string{}
	inside := media.FindStringSubmatch(source)
	if inside == nil {
		t.Fatal("there is no dark mode")
	}
	for _, r := range rule.FindAllStringSubmatch(inside[1], -1) {
		most[r[2]] = declarations(r[3])
	}
	for _, r := range rule.FindAllStringSubmatch(source, -1) {
		if r[1] == "" {
			continue
		}
		if outlook[r[2]] == nil {
			outlook[r[2]] = map[string]string{}
		}
		for name, value := range declarations(r[3]) {
			outlook[r[2]][name] = value
			if (name == "color") != strings.Contains(r[1], "ogsc") {
				t.Errorf("%s.%s sets %s", r[1], r[2], name)
			}
		}
	}
	return most, outlook
}

func TestAMailCanBeReadInTheDark(t *testing.T) {
	eachMail(t, func(t *testing.T, source string, page *html.Node) {
		if !strings.Contains(source, `<meta name="color-scheme" content="light dark">`) || !strings.Contains(source, `<meta name="supported-color-schemes" content="light dark">`) {
			t.Error("clients that change colors by themselves are not told that it has its own")
		}
		most, outlook := darkened(t, source)
		reads(t, page, paint{ink: "#000000", ground: "#ffffff"}, "in the light", func(string) map[string]string { return nil })
		for mode, dark := range map[string]map[string]map[string]string{"in the dark": most, "in Outlook's dark": outlook} {
			reads(t, page, paint{ink: "#ffffff", ground: "#000000", dark: true}, mode, func(class string) map[string]string { return dark[class] })
		}
	})
}

// A paint is what an element is written with and on.
type paint struct {
	ink, ground string
	dark        bool
}

const legible = 4.5 // WCAG 2.2, 1.4.3

// reads checks the contrast of every text below n.
func reads(t *testing.T, n *html.Node, p paint, mode string, over func(class string) map[string]string) {
	t.Helper()
	if n.Type == html.ElementNode {
		style := declarations(attribute(n, "style"))
		if n.Data == "head" || style["display"] == "none" {
			return
		}
		p.ink = p.changed(t, n, mode, p.ink, style["color"], over(attribute(n, "class"))["color"])
		p.ground = p.changed(t, n, mode, p.ground, style["background-color"], over(attribute(n, "class"))["background-color"])
	}
	if n.Type == html.TextNode && strings.TrimSpace(strings.ReplaceAll(n.Data, "\u00a0", " ")) != "" {
		if c := contrast(t, p.ink, p.ground); c < legible {
			t.Errorf("%s %q is %s on %s: a contrast of %.1f", mode, n.Data, p.ink, p.ground, c)
		}
	}
	for c := range n.ChildNodes() {
		reads(t, c, p, mode, over)
	}
}

// changed is the color from here on. What has one in the light has one in the dark: half of a pair is worse than none.
func (p paint) changed(t *testing.T, n *html.Node, mode, now, light, dark string) string {
	t.Helper()
	switch {
	case !p.dark && light != "":
		return light
	case p.dark && light != "" && dark == "":
		t.Errorf("<%s class=%q> keeps %s %s", n.Data, attribute(n, "class"), light, mode)
	case p.dark && dark != "":
		return dark
	}
	return now
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(t *testing.T, color string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil || len(color) != 7 {
			t.Fatal(fmt.Errorf("%q is no color", color))
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// Whoever reads the text can do what the HTML lets them do.
func TestLinksAndCodesStandInBothForms(t *testing.T) {
	eachMail(t, func(t *testing.T, source string, page *html.Node) {
		var shown []string
		walk(page, func(n *html.Node) {
			if n.Type == html.TextNode {
				shown = append(shown, strings.TrimSpace(n.Data))
			}
		})
		walk(page, func(n *html.Node) {
			if n.Type == html.ElementNode && n.Data == "a" && !slices.Contains(shown, attribute(n, "href")) {
				t.Errorf("%s cannot be read, only clicked", attribute(n, "href"))
			}
		})
	})
	each(t, func(t *testing.T, channel notification.Channel, k kind, d Data) {
		if channel != notification.Email {
			return
		}
		c := render(t, channel, k.name, d)
		for _, one := range []string{d.Code.Reveal(), d.Link.Reveal(), d.Cancel.Reveal()} {
			if !strings.Contains(c.Text.Reveal(), one) || !strings.Contains(c.HTML.Reveal(), one) {
				t.Errorf("%q does not stand in both forms", one)
			}
		}
	})
}
