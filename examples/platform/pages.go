package platform

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"time"

	"countersign/examples/platform/internal/live"
)

//go:embed assets
var assets embed.FS

// A frame is what surrounds every page.
type frame struct {
	Title    string
	Faulty   bool // the page tells an error
	Brand    string
	Inbox    string
	Desk     bool   // there is a support desk
	Email    string // of the account; empty: nobody's password was right
	SignedIn bool
	Here     string // path
	Tour     tourView
	Entries  []live.Entry // that the last click caused, newest first
	Before   []live.Entry // likewise of earlier ones
	Last     uint64
	Watching bool
	Now      time.Time
	Notice   string
	Warning  string
	Page     any
}

// A page is one template with its title.
type page struct {
	title    string
	template *template.Template
}

func newPage(title, file string) page {
	t := template.Must(template.New("frame.html").Funcs(functions).ParseFS(assets, "assets/frame.html", "assets/parts.html", "assets/"+file))
	return page{title, t}
}

var (
	startPage    = newPage("Start", "start.html")
	signUpPage   = newPage("Sign up", "signup.html")
	signInPage   = newPage("Sign in", "signin.html")
	codePage     = newPage("Enter a code", "code.html")
	endedPage    = newPage("This sign-in has ended", "ended.html")
	silencePage  = newPage("No answer", "silence.html")
	requiredPage = newPage("A second factor is needed", "required.html")
	homePage     = newPage("Home", "home.html")
	settingsPage = newPage("Security settings", "settings.html")
	addPage      = newPage("Add a second factor", "add.html")
	confirmPage  = newPage("Confirm", "confirm.html")
	removePage   = newPage("Turn off", "remove.html")
	lostPage     = newPage("Not found", "lost.html")
	devicePage   = newPage("Lost device", "device.html")
	sparePage    = newPage("Use a recovery code", "spare.html")
	codesPage    = newPage("Your recovery codes", "codes.html")
	newCodesPage = newPage("New recovery codes", "newcodes.html")
	deskPage     = newPage("Support desk", "desk.html")

	entryTemplate = template.Must(template.New("entry.html").Funcs(functions).ParseFS(assets, "assets/parts.html"))
)

// An outcome is how a request went.
type outcome int

const (
	fine    outcome = iota
	faulty          // the page says what is wrong: an answer like another, so that no browser reports a failure
	missing         // there is no such page
	silent          // nobody knows
)

func (o outcome) status() int {
	switch o {
	case missing:
		return http.StatusNotFound
	case silent:
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// show answers with a page.
func (c *click) show(o outcome, p page, data any) {
	v := c.v
	f := frame{
		Title: p.title, Faulty: o == faulty || v.warning != "", Brand: c.conf.Brand, Inbox: c.conf.Inbox, Desk: c.desked(),
		SignedIn: v.signedIn, Here: c.r.URL.Path, Tour: v.tourView(), Watching: c.held && v.account != nil,
		Now: c.now(), Notice: v.notice, Warning: v.warning, Page: data,
	}
	v.notice, v.warning = "", ""
	if v.account != nil {
		f.Email = v.account.Email
	}
	f.Entries, f.Before, f.Last = v.feed.Shown()
	var b bytes.Buffer
	if err := p.template.Execute(&b, f); err != nil {
		c.conf.Log.Error("render page", "title", p.title, "error", err)
		http.Error(c.w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(o.status())
	_, _ = c.w.Write(b.Bytes()) // nobody is left to tell
}
