package stranger

import "net/url"

// decoded undoes CloudEvents' percent-encoding of header values. Unlike in a form, a plus stands for itself.
func decoded(value string) string {
	text, err := url.PathUnescape(value)
	if err != nil {
		return value
	}
	return text
}
