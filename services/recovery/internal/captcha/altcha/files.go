package altcha

import (
	_ "embed"
	"net/http"

	"countersign/services/recovery/internal/captcha"
)

// The widget's files are the published ones; see published.mjs.
var (
	//go:embed widget/altcha.min.js
	widget []byte
	//go:embed widget/altcha.css
	style []byte
	//go:embed widget/pbkdf2.js
	worker []byte
	//go:embed widget/cs.js
	czech []byte
	//go:embed widget/de.js
	german []byte
	//go:embed widget/LICENSE.txt
	license []byte
	//go:embed register.js
	register []byte
)

const prefix = "/captcha/altcha/"

// scripts come in an order: what the widget needs must be there when it begins.
var scripts = []captcha.Script{
	{URL: prefix + "cs.js", Module: true},
	{URL: prefix + "de.js", Module: true},
	{URL: prefix + "register.js", Module: true},
	{URL: prefix + "altcha.min.js", Module: true},
}

func routes() map[string]http.Handler {
	const javascript, plain = "text/javascript; charset=utf-8", "text/plain; charset=utf-8"
	return map[string]http.Handler{
		prefix + "altcha.min.js": captcha.File(javascript, widget),
		prefix + "altcha.css":    captcha.File("text/css; charset=utf-8", style),
		prefix + "pbkdf2.js":     captcha.File(javascript, worker),
		prefix + "cs.js":         captcha.File(javascript, czech),
		prefix + "de.js":         captcha.File(javascript, german),
		prefix + "register.js":   captcha.File(javascript, register),
		prefix + "LICENSE.txt":   captcha.File(plain, license),
	}
}
