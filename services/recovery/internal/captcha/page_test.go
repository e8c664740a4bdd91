package captcha_test

import (
	"strings"
	"testing"

	"countersign/services/recovery/internal/captcha"
)

func TestOwnFilesAreBelowTheBase(t *testing.T) {
	page := captcha.Page{
		Scripts: []captcha.Script{{URL: "/captcha/a.js"}, {URL: "https://widget.example/api.js"}},
		Styles:  []string{"/captcha/a.css"},
	}
	moved := page.At("/lost")
	if moved.Scripts[0].URL != "/lost/captcha/a.js" || moved.Scripts[1].URL != "https://widget.example/api.js" || moved.Styles[0] != "/lost/captcha/a.css" {
		t.Errorf("got %+v", moved)
	}
	if page.Scripts[0].URL != "/captcha/a.js" {
		t.Error("the page itself was changed")
	}
}

func TestAnElementCannotBeLeftByAValue(t *testing.T) {
	e := captcha.Element{Tag: "div", Language: "data-language", Attributes: []captcha.Attribute{{"data-x", `"><script>'&`}}}
	if got, want := string(e.HTML("cs")), `<div data-x="&#34;&gt;&lt;script&gt;&#39;&amp;" data-language="cs"></div>`; got != want {
		t.Errorf("got %s", got)
	}
	if got := string(e.HTML("")); strings.Contains(got, "language") {
		t.Errorf("got %s", got)
	}
}

func TestADigestIsOfOneClaimOfOneCase(t *testing.T) {
	seen := map[string]captcha.Binding{}
	for _, b := range []captcha.Binding{{"a", 1}, {"a", 2}, {"a", 12}, {"b", 1}, {"2/a", 1}, {"a", 0}, {}} {
		digest := b.Digest()
		if other, ok := seen[digest]; ok || len(digest) != 43 {
			t.Errorf("%v: %s is %v's as well", b, digest, other)
		}
		seen[digest] = b
	}
}
