package main

import "github.com/invopop/jsonschema"

// common says what fields mean whose name says it already in the source.
var common = map[string]string{
	"user":               "the platform's opaque id of the user, the same for ever",
	"login_id":           "the platform's name for the login or step-up",
	"challenge_id":       "names the challenge",
	"enrollment_id":      "names the enrollment",
	"notification_id":    "names the notification",
	"recovery_id":        "names the case",
	"set_id":             "names the set of recovery codes",
	"factor":             "which factor",
	"channel":            "how it goes",
	"by":                 "opaque staff id",
	"attempts_left":      "wrong codes that it still bears",
	"count":              "how many",
	"code":               "what the user typed",
	"email":              "mail address",
	"purpose":            "what the login is for",
	"reason":             "why",
	"destination_hint":   "masked address or number",
	"locale":             "BCP 47",
	"reauthenticated_at": "when the platform last checked the password",
}

// describe fills in what the source leaves to the name.
func describe(p *jsonschema.Schema, name string) {
	if p.Description == "" {
		p.Description = common[name]
	}
	if p.Properties == nil && (p.Items == nil || p.Items.Properties == nil) {
		return
	}
	inner := p
	if p.Items != nil {
		inner = p.Items
	}
	for f := inner.Properties.Oldest(); f != nil; f = f.Next() {
		describe(f.Value, f.Key)
	}
}
