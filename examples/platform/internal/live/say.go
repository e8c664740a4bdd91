package live

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

// Named is a factor in a sentence.
func Named(f events.Factor) string {
	switch f {
	case events.TOTP:
		return "your authenticator app"
	case events.Email:
		return "email"
	case events.SMS:
		return "text message"
	}
	return string(f)
}

// For is a duration in words, rounded up: whoever waits that long has waited long enough.
func For(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	switch {
	case seconds <= 0:
		return "0 seconds"
	case seconds < 100 && seconds%60 != 0:
		return Count(seconds, "second")
	case seconds < 100*60:
		return Count((seconds+59)/60, "minute")
	case seconds < 48*3600:
		return Count((seconds+3599)/3600, "hour")
	}
	return Count((seconds+86399)/86400, "day")
}

// Count is a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func message(c notification.Channel) string {
	if c == notification.SMS {
		return "a text"
	}
	return "a mail"
}

func provider(name string) string {
	switch name {
	case "smtp":
		return "the mail server"
	case "twilio":
		return "Twilio"
	}
	return name
}

func list(removed []enrollment.RemovedFactor) string {
	var names []string
	for _, r := range removed {
		names = append(names, Named(r.Factor))
	}
	return strings.Join(names, ", ")
}
