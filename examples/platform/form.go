package platform

import (
	"strings"

	"countersign/pkg/events"
)

// A form is what was typed and what is wrong with it, by the names of the fields. The fault "" is about no field.
type form struct {
	Values map[string]string
	Faults map[string]string
}

// A field is one line of a form.
type field struct{ Name, Value, Fault string }

func newForm() form { return form{map[string]string{}, map[string]string{}} }

// typed reads fields that may be shown again; a password or a code is never.
func (c *click) typed(names ...string) form {
	f := newForm()
	for _, name := range names {
		f.Values[name] = strings.TrimSpace(c.r.PostFormValue(name))
	}
	return f
}

// fault notes the first thing that is wrong with a field.
func (f form) fault(name, text string) {
	if f.Faults[name] == "" && text != "" {
		f.Faults[name] = text
	}
}

func (f form) faulty() bool { return len(f.Faults) > 0 }

// General is what is wrong, but with no field.
func (f form) General() string { return f.Faults[""] }

func (f form) outcome() outcome {
	if f.faulty() {
		return faulty
	}
	return fine
}

func outcomeOf(faults ...string) outcome {
	if strings.Join(faults, "") != "" {
		return faulty
	}
	return fine
}

func emailFault(address string) string {
	switch {
	case address == "":
		return "Enter an email address"
	case events.CheckEmail("email", events.NewSecret(address)) != nil:
		return "Enter an email address such as name@example.com"
	}
	return ""
}

func phoneFault(number string) string {
	switch {
	case number == "":
		return "Enter a phone number"
	case events.CheckPhone("phone", events.NewSecret(number)) != nil:
		return "Enter the number with + and the country code first, such as +15551230199"
	}
	return ""
}

// dialled leaves out what people write between digits.
func dialled(number string) string {
	return strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "/", "").Replace(number)
}

// codeFault says what can be said of a code without knowing it.
func codeFault(code string) string {
	switch {
	case strings.TrimSpace(code) == "":
		return "Enter the code"
	case events.Text("code", code, events.MaxCode) != nil:
		return "That cannot be a code"
	}
	return ""
}
