package recaptcha

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
)

// Action is what the widget of v3 says that it is for.
const Action = "recovery"

// ConfigV3 is our account, and what we ask of a score.
type ConfigV3 struct {
	siteverify.Config
	MinScore float64 // 0.1 to 1: what a good verdict has at least; Google proposes to begin with 0.5
}

//go:embed v3.js
var submit []byte

const submitPath = "/captcha/recaptcha-v3.js"

// NewV3 checks the config, with all faults at once.
func NewV3(c ConfigV3) (*siteverify.Provider, error) {
	p, err := siteverify.New(siteverify.Service{
		Name: NameV3, Endpoint: endpoint, Field: field,
		Page:  func(captcha.Binding) captcha.Page { return pageV3(c.SiteKey) },
		Files: map[string]http.Handler{submitPath: captcha.File("text/javascript; charset=utf-8", submit)},
		Judge: func(_ captcha.Binding, v siteverify.Verdict) error { return judgeV3(v, c.MinScore) },
	}, c.Config)
	if !(c.MinScore >= 0.1 && c.MinScore <= 1) { // also false for NaN
		err = errors.Join(err, errors.New("min score: want 0.1 to 1"))
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func pageV3(siteKey string) captcha.Page {
	own := sources
	own.Script = append(slices.Clone(own.Script), captcha.Self)
	return captcha.Page{
		Scripts: []captcha.Script{{URL: script + "?render=" + url.QueryEscape(siteKey)}, {URL: submitPath}},
		Widget: captcha.Element{Tag: "div", Attributes: []captcha.Attribute{
			{Name: "data-recaptcha-v3", Value: siteKey},
			{Name: "data-action", Value: Action},
		}},
		Sources: own,
	}
}

func judgeV3(v siteverify.Verdict, least float64) error {
	switch {
	case v.Score == nil:
		return errors.New("a verdict without a score: the key is not one of v3")
	case v.Action != Action:
		return fmt.Errorf("%w: of another action", captcha.ErrRefused)
	case !(*v.Score >= least):
		return fmt.Errorf("%w: the score is below %v", captcha.ErrRefused, least)
	}
	return nil
}
