package twilio

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"countersign/services/notifier/internal/channel"
)

const (
	recent  = 50              // texts to one number that are looked through
	clockIn = 5 * time.Second // how far Twilio's clock, which tells seconds, and ours may be apart
)

// Find implements channel.Finder. A text that Twilio has taken and could not deliver is not found: another one would do no harm.
func (c *Channel) Find(ctx context.Context, n channel.Notification, since time.Time) (channel.Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	call := &call{ctx: ctx, target: c.target, next: c.transport, what: "find text"}
	p := (&api.ListMessageParams{}).SetTo(n.To.Reveal()).SetPageSize(recent)
	page, err := api.NewApiServiceWithClient(c.client(call)).PageMessage(p, "", "")
	if err != nil {
		return channel.Receipt{}, false, call.failure(err)
	}
	if call.status >= 300 { // a redirect is no error to twilio-go
		return channel.Receipt{}, false, channel.Misconfigured(fmt.Errorf("find text: answered %d", call.status))
	}
	i := slices.IndexFunc(page.Messages, func(m api.ApiV2010Message) bool { return is(m, n, since) })
	if i < 0 {
		return channel.Receipt{}, false, nil
	}
	return channel.Receipt{ProviderID: *page.Messages[i].Sid}, true, nil
}

func is(m api.ApiV2010Message, n channel.Notification, since time.Time) bool {
	if m.Sid == nil || m.Body == nil || !strings.Contains(*m.Body, n.Mark.Reveal()) {
		return false
	}
	if m.Status != nil && slices.Contains([]string{"failed", "undelivered", "canceled"}, *m.Status) {
		return false
	}
	if m.DateCreated == nil {
		return true
	}
	created, err := time.Parse(time.RFC1123Z, *m.DateCreated)
	return err != nil || !created.Before(since.Add(-clockIn))
}
