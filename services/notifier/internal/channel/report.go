package channel

import (
	"errors"
	"net/http"
)

// A Reporter is a Channel whose provider tells later, by a request to us, what became of what it has taken.
type Reporter interface {
	// ReportsTo is the public URL below which reports come, each under the notification's Route; empty where none do.
	ReportsTo() string
	// ReadReport reads a report of the notification of a route; ErrForged unless the provider wrote it. What of it is no news has neither
	// Taken, Arrived nor Failure.
	ReadReport(route string, header http.Header, body []byte) (Report, error)
}

// ErrForged is a report that the provider did not write, or not for this notification.
var ErrForged = errors.New("report is not the provider's")

// A Report is what a provider says later of a message. It may come before the answer to the sending, late, twice and in any order.
type Report struct {
	ProviderID string
	Taken      bool     // it has the message
	Arrived    bool     // the message is where it belongs
	Failure    *Failure // it did not get there
}
