package web_test

import (
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
	"github.com/BurntSushi/toml"
)

// everyPage is each page once, by its stage, as a browser of a language has it.
func everyPage(t *testing.T, language string) map[string]string {
	t.Helper()
	all := map[string]string{}
	h := open(t, nil)
	b := h.browser()
	b.headers.Set("Accept-Language", language)
	all["link"], all["cancel"] = b.get(linkPath).text, b.get(cancelPath).text
	b.claimed()
	for _, stage := range []web.Stage{
		web.StageText, web.StageRecoveryCode, web.StageCaptcha, web.StageApproval, web.StageWaiting, web.StageDone,
	} {
		h.Set(func(v *web.View) {
			v.Stage, v.CompletesAt = stage, start.Add(24*time.Hour)
		})
		all[string(stage)] = b.get(atCase).text
	}
	h.Set(func(v *web.View) { v.Stage = web.StageText; sent(v) })
	all["code"] = b.get(atCase).text
	h.Fail(webtest.ErrDown)
	all["doubt"] = b.get(linkPath).text
	h.Fail(nil)
	all["refused"] = b.send(http.MethodPost, linkPath, form()).text
	all["cancelled"] = b.submit(cancelPath, cancelPath).text
	all["over"] = b.get(linkPath).text
	return all
}

var said = regexp.MustCompile(`Say "(\w+)"|Say\("(\w+)"|"(help_\w+)"`)

// asked are the names of all messages that a page can say.
func asked(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range said.FindAllStringSubmatch(string(source), -1) {
			all[found[1]+found[2]+found[3]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []web.Stage{
		web.StageLink, web.StageText, web.StageRecoveryCode, web.StageCaptcha, web.StageApproval, web.StageWaiting, web.StageFinishing,
		web.StageDone, web.StageCancel, web.StageCancelled, web.StageOver, "doubt", "refused",
	} {
		all["title_"+string(stage)] = true
	}
	for _, step := range allSteps[1:] {
		all["ahead_"+string(step)] = true
	}
	for _, problem := range []web.Problem{
		web.WrongCode, web.CodeExpired, web.TooManyCodes, web.TooSoon, web.NoMoreTexts, web.CaptchaFailed, web.CaptchaDoubt,
		"empty_code", "unlike_code", "stale",
	} {
		all["fault_"+string(problem)] = true
	}
	for _, unit := range []string{"days", "hours", "minutes", "seconds"} {
		all["in_"+unit] = true
	}
	for month := time.January; month <= time.December; month++ {
		all["month_"+time.Date(2000, month, 1, 0, 0, 0, 0, time.UTC).Format("01")] = true
	}
	all["notice_sent"] = true
	delete(all, "title_")
	delete(all, "ahead_")
	delete(all, "fault_")
	delete(all, "notice_")
	delete(all, "month_")
	return all
}

func TestEveryMessageIsWrittenAndSaid(t *testing.T) {
	t.Parallel()
	var written map[string]any
	if _, err := toml.DecodeFile("words/active.en.toml", &written); err != nil {
		t.Fatal(err)
	}
	wanted := asked(t)
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if written[id] == nil {
			t.Errorf("%s is not written", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(written)) {
		if !wanted[id] {
			t.Errorf("%s is never said", id)
		}
	}
}

// A value that a message names and a page does not give would be said as <no value>.
func TestNoPageSaysHalfASentence(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "cs", "de"} {
		for name, text := range everyPage(t, language) {
			text = regexp.MustCompile(`(?s)<svg.*?</svg>`).ReplaceAllString(text, "")
			for _, half := range []string{"no value", "%!", "{{", "[redacted]", " .", "()", "0001"} {
				if strings.Contains(text, half) {
					t.Errorf("%s %s has %q:\n%s", language, name, half, text)
				}
			}
			if !strings.Contains(text, `<html lang="`+language+`"`) {
				t.Errorf("%s is not in %s", name, language)
			}
		}
	}
}
