package bounce

import (
	"strings"
	"testing"
)

// dsn is a report as mail systems write it, with the fields of a recipient.
func dsn(fields ...string) string {
	return strings.ReplaceAll(`From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: <path@bounces.acme.example>
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="B/1"

This is a MIME-encapsulated message.

--B/1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<ann@example.org>: host mx.example said: 550 5.1.1 No such user

--B/1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 2 Jan 2026 15:04:05 +0000

`+strings.Join(fields, "\n")+`

--B/1
Content-Type: message/rfc822

Subject: Your code

--B/1--
`, "\n", "\r\n")
}

func failedWith(status string, more ...string) string {
	return dsn(append([]string{"Final-Recipient: rfc822; ann@example.org", "Action: failed", "Status: " + status}, more...)...)
}

func TestReports(t *testing.T) {
	for _, c := range []struct {
		name, mail string
		want       Report
		none       bool
	}{
		{name: "no such mailbox", mail: failedWith("5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 <ann@example.org>: no such user"), want: Report{"5.1.1", 550}},
		{name: "words after the status", mail: failedWith("5.1.1 (bad destination mailbox address)"), want: Report{"5.1.1", 0}},
		{name: "the server's own status where the report has none", mail: failedWith("5.0.0", "Diagnostic-Code: smtp; 550-5.1.1 The account that you\n tried to reach"), want: Report{"5.1.1", 550}},
		{name: "no more than a number", mail: failedWith("5.0.0", "Diagnostic-Code: smtp; 554 no"), want: Report{"5.0.0", 554}},
		{name: "a diagnosis of another protocol", mail: failedWith("5.0.0", "Diagnostic-Code: x-unix; 550 5.1.1"), want: Report{"5.0.0", 0}},
		{name: "Upper case", mail: dsn("Action: FAILED", "Status: 5.4.4"), want: Report{"5.4.4", 0}},
		{name: "a report in UTF-8", mail: strings.Replace(failedWith("5.1.1"), "message/delivery-status", "message/global-delivery-status", 1), want: Report{"5.1.1", 0}},

		{name: "a delay", mail: dsn("Action: delayed", "Status: 4.4.1"), none: true},
		{name: "an arrival", mail: dsn("Action: delivered", "Status: 2.0.0"), none: true},
		{name: "a failure that may pass", mail: failedWith("4.4.7"), none: true},
		{name: "a status of success with a diagnosis of failure", mail: failedWith("2.0.0", "Diagnostic-Code: smtp; 550 5.1.1 no"), none: true},
		{name: "no status", mail: dsn("Action: failed"), none: true},
		{name: "a status that is none", mail: failedWith("five"), none: true},
		{name: "somebody's answer", mail: "Subject: Out of office\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n", none: true},
		{name: "a report of something else", mail: strings.Replace(failedWith("5.1.1"), "delivery-status", "disposition-notification", 1), none: true},
		{name: "a report that is cut off", mail: failedWith("5.1.1")[:400], none: true},
		{name: "no mail", mail: "\x00\x00", none: true},
		{name: "nothing", mail: "", none: true},
	} {
		got, err := Read(strings.NewReader(c.mail))
		if got != c.want || (err != nil) != c.none {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(failedWith("5.1.1"))
	f.Add(dsn("Action: delayed", "Status: 4.4.1"))
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := Read(strings.NewReader(text)); err == nil && !strings.HasPrefix(r.Status, "5.") {
			t.Errorf("%+v", r)
		}
	})
}
