package platform

import (
	"context"
	"net/http"
	"time"

	"countersign/examples/platform/internal/account"
	"countersign/examples/platform/internal/live"
)

const (
	maxBody  = 16 << 10
	patience = 25 * time.Second // an answer and, where it is lost, the question what became of it
)

// A click is one request of one browser.
type click struct {
	*Platform
	bus   aloud
	ctx   context.Context
	w     http.ResponseWriter
	r     *http.Request
	v     *visit // never nil
	held  bool   // v is a session
	fresh bool   // and its cookie goes out with this answer
}

// who says which visits may see a page; the others are sent to another one.
type who func(v *visit) (elsewhere string)

func anyone(*visit) string { return "" }

func halfway(v *visit) string {
	if v.pending.loginID == "" {
		return "/sign-in"
	}
	return ""
}

func insider(v *visit) string {
	if !v.signedIn {
		return "/sign-in"
	}
	return ""
}

func enroller(v *visit) string {
	if !v.mayEnroll() {
		return "/sign-in"
	}
	return ""
}

// page has one click at a time handle a visit: a form that is sent twice at once is not worked on twice at once.
func (p *Platform) page(may who, handle func(*click)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "The form cannot be read.", http.StatusBadRequest)
			return
		}
		c := p.click(ctx, w, r)
		c.v.mu.Lock()
		defer c.v.mu.Unlock()
		if c.v.over.Load() {
			c.redirect("/sign-in")
			return
		}
		if elsewhere := may(c.v); elsewhere != "" {
			c.redirect(elsewhere)
			return
		}
		if r.Method == http.MethodPost {
			c.v.feed.Click()
		}
		handle(c)
	}
}

func (p *Platform) click(ctx context.Context, w http.ResponseWriter, r *http.Request) *click {
	v, held := p.sessions.Of(r)
	if !held {
		v = p.newVisit(nil, tour{})
	}
	return &click{Platform: p, bus: p.aloud(v), ctx: ctx, w: w, r: r, v: v, held: held}
}

func (p *Platform) aloud(v *visit) aloud {
	return aloud{logins: p.conf.Logins, settings: p.conf.Settings, support: p.conf.Support, approver: p.conf.Approver, feed: v.feed}
}

func (p *Platform) newVisit(a *account.Account, t tour) *visit {
	return &visit{account: a, tour: t, feed: live.NewFeed(p.conf.Logins.Source(), p.conf.Brand, p.conf.Now)}
}

// become makes the browser's visit another one, that of an account whose password was right, or of nobody. What the former one knew is
// forgotten, but for the tour.
func (c *click) become(a *account.Account) {
	v := c.newVisit(a, c.v.tour)
	if a != nil {
		v.checkedAt = c.now()
		c.watch(v)
	}
	c.sessions.Start(c.w, c.r, v)
	c.v, c.bus, c.held, c.fresh = v, c.aloud(v), true, true
}

// watch has the panel show the user's events. Without it the pages work as well.
func (c *click) watch(v *visit) {
	stop, err := c.conf.Logins.Watch(v.user(), v.feed.Heard)
	if err != nil {
		c.conf.Log.Warn("watch user's events", "error", err)
		return
	}
	v.unwatch = stop
}

func (c *click) now() time.Time { return c.conf.Now() }

func (c *click) redirect(to string) { http.Redirect(c.w, c.r, to, http.StatusSeeOther) }

// tell shows a notice on the page that comes next.
func (c *click) tell(notice, next string) {
	c.v.notice = notice
	c.redirect(next)
}

// warn shows there what went wrong.
func (c *click) warn(warning, next string) {
	c.v.warning = warning
	c.redirect(next)
}
