package bounce

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
)

// A Report is what a mail system says of a mail that it gives up.
type Report struct {
	Status string // RFC 3463, for instance 5.1.1; always of class 5
	Reply  int    // of the server that refused it, for instance 550; 0 where it is not told
}

const maxParts = 8

var (
	errNoReport = errors.New("not a report of a failure for good")
	statuses    = regexp.MustCompile(`\A\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b`)
	diagnoses   = regexp.MustCompile(`\A\s*smtp\s*;\s*([2-5][0-9]{2})(?:[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})\b)?`)
)

// Read finds the report in a mail (RFC 3464). It is an error for every other mail, and for one of a delay, an arrival, or a failure that may pass.
func Read(r io.Reader) (Report, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return Report{}, errNoReport
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return Report{}, errNoReport
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range maxParts {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err == nil && (kind == "message/delivery-status" || kind == "message/global-delivery-status") {
			return given(part)
		}
	}
	return Report{}, errNoReport
}

// given reads the groups of fields: the first is about the mail, each other about a recipient, of whom there is one.
func given(part io.Reader) (Report, error) {
	fields := textproto.NewReader(bufio.NewReader(part))
	for {
		group, err := fields.ReadMIMEHeader()
		if r, failed := failure(group); failed {
			return r, nil
		}
		if err != nil {
			return Report{}, errNoReport
		}
	}
}

func failure(group textproto.MIMEHeader) (Report, bool) {
	action, _, _ := strings.Cut(group.Get("Action"), "(")
	status := statuses.FindStringSubmatch(group.Get("Status"))
	if !strings.EqualFold(strings.TrimSpace(action), "failed") || status == nil {
		return Report{}, false
	}
	r := Report{Status: status[1]}
	if said := diagnoses.FindStringSubmatch(group.Get("Diagnostic-Code")); said != nil {
		r.Reply, _ = strconv.Atoi(said[1])
		if strings.HasSuffix(r.Status, ".0.0") && strings.HasPrefix(said[2], r.Status[:2]) { // many say no more than that in Status
			r.Status = said[2]
		}
	}
	return r, strings.HasPrefix(r.Status, "5.")
}
