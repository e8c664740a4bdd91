package notifier

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/template"
)

func (s *shell) render(ctx context.Context, r decider.Request, n notification.Requested, from source, now time.Time) (content template.Content, mark events.Secret, err error) {
	p, _ := s.Policies(r.Platform)
	d := template.Data{Brand: p.Brand, Locale: n.Locale, Minutes: minutes(n.ExpiresAt.Sub(now)), Wait: from.wait}
	if from.code.sending > 0 || from.link > 0 || from.cancel {
		key, err := s.Rings.Key(ctx, keyring.Delivery, r.Platform, r.UserKey, from.key)
		if err != nil {
			return content, mark, err
		}
		from.derive(&d, key, r, n, p)
	}
	content, err = s.book.Render(r.Platform, n.Channel, n.Template, d)
	if errors.Is(err, template.ErrUnknown) { // an operator sees it; trying again would not write it
		return content, mark, bus.Discard("unknown_template", err)
	}
	if err != nil {
		return content, mark, fmt.Errorf("compose %s: %w", n.Template, err)
	}
	return content, markOf(d, content), nil
}

// markOf is what no other message to the same person holds. The life that is told beside it grows shorter with every try.
func markOf(d template.Data, c template.Content) events.Secret {
	for _, only := range []events.Secret{d.Code, d.Link, d.Cancel} {
		if !only.IsZero() {
			return only
		}
	}
	return c.Text
}

// derive makes code and links of the user's key. Links are addresses of the policy alone.
func (from source) derive(d *template.Data, key *keyring.DataKey, r decider.Request, n notification.Requested, p policy.Policy) {
	if from.code.sending > 0 {
		d.Code = key.Code(from.code.id, from.code.sending, from.code.digits)
	}
	d.Host = typedAt(n.Template, p)
	link := func(id string, sending uint64, cancel bool) events.Secret {
		l := links.Link{Platform: r.Platform, UserKey: r.UserKey, Token: key.LinkToken(id, sending), Cancel: cancel}
		return l.URL(p.Recovery.URL)
	}
	if from.link > 0 {
		d.Link = link(n.About, from.link, false)
	}
	if from.cancel {
		d.Cancel = link(links.CancelID(n.About), links.CancelSending, true)
	}
}

// typedAt is the host where a code is typed: phones offer it there alone. "" where policy does not say.
func typedAt(t notification.Template, p policy.Policy) string {
	if t != notification.RecoveryText {
		return p.SMS.Host
	}
	pages, err := url.Parse(p.Recovery.URL)
	if err != nil {
		return ""
	}
	return pages.Hostname()
}

// minutes rounds up: a code that lives for 4:59 is told to live for 5.
func minutes(left time.Duration) int { return max(1, int((left+time.Minute-1)/time.Minute)) }
