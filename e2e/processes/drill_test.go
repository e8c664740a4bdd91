package processes_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// A drill is a site of its own that is lost and restored.
type drill struct {
	t      *testing.T
	site   *site
	server *mongo.Client
}

func newDrill(ctx context.Context, t *testing.T) *drill {
	t.Helper()
	s, err := newSite(t.TempDir())
	must(t, err)
	must(t, os.Symlink(filepath.Join(shared.dir, "bin"), filepath.Join(s.dir, "bin")))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		must(t, s.close(ctx))
	})
	must(t, s.open(ctx))
	server, err := mongo.Connect(options.Client().ApplyURI(s.mongo))
	must(t, err)
	t.Cleanup(func() { _ = server.Disconnect(context.Background()) })
	return &drill{t, s, server}
}

// in connects as acme in a role.
func (d *drill) in(role string) *stranger.Platform {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.site.passwords, "acme."+role))
	must(d.t, err)
	p, err := stranger.Connect(d.site.bus.url, "acme", nats.UserInfo("acme."+role, string(text)), nats.RootCAs(d.site.authority.file))
	must(d.t, err)
	d.t.Cleanup(p.Close)
	return p
}

// A dump is every document of a database, by collection: what mongodump writes to a file.
type dump map[string][]any

func (d *drill) dumps(ctx context.Context, database string) dump {
	d.t.Helper()
	db, all := d.server.Database(database), dump{}
	names, err := db.ListCollectionNames(ctx, bson.D{})
	must(d.t, err)
	for _, name := range names {
		found, err := db.Collection(name).Find(ctx, bson.D{})
		must(d.t, err)
		var documents []bson.D
		must(d.t, found.All(ctx, &documents))
		for _, one := range documents {
			all[name] = append(all[name], one)
		}
	}
	return all
}

// restores puts a dump in the place of what is there. The workers make the indexes when they start.
func (d *drill) restores(ctx context.Context, database string, from dump) {
	d.t.Helper()
	db := d.server.Database(database)
	must(d.t, db.Drop(ctx))
	for name, documents := range from {
		if len(documents) > 0 {
			_, err := db.Collection(name).InsertMany(ctx, documents)
			must(d.t, err)
		}
	}
}

// standing stops all workers, has do done, and starts them.
func (d *drill) standing(ctx context.Context, do func()) {
	d.t.Helper()
	d.site.mu.Lock()
	running := slices.Clone(d.site.running)
	d.site.mu.Unlock()
	for _, w := range running {
		must(d.t, w.Stop(ctx))
		d.site.forget(w)
	}
	do()
	must(d.t, d.site.startAll(ctx, "enroll", "verify", "notifier", "recovery"))
}

func (d *drill) reapplies(ctx context.Context) string {
	d.t.Helper()
	said, err := d.site.countersign(ctx, d.site.environment("enroll", d.site.bus), "erasures", "reapply")
	must(d.t, err)
	return said
}

// printed enrolls an app and returns its recovery codes, which do not get too old while machines are slow.
func (d *drill) printed(ctx context.Context, m member) (codes []any) {
	d.t.Helper()
	created := got(d.t, "secret.created")(m.settings.Ask(ctx, "enrollment.requested", data{"user": m.user, "factor": "totp", "reauthenticated_at": now()}))
	id := created.Text("enrollment_id")
	app := stranger.AppOf(answered(d.t)(m.settings.Call(ctx, "enrollment.provisioning", data{"user": m.user, "enrollment_id": id})))
	activated := got(d.t, "enrollment.activated")(m.settings.Ask(ctx, "enrollment.code_submitted", data{
		"user": m.user, "enrollment_id": id, "code": app.Code(app.Step(time.Now())),
	}))
	set := data{"user": m.user, "set_id": activated.Text("recovery_codes_set_id")}
	return answered(d.t)(m.settings.Call(ctx, "recovery_codes.reveal", set)).Data["codes"].([]any)
}

// tries is the answer to a recovery code.
func (d *drill) tries(ctx context.Context, m member, code any) stranger.Event {
	d.t.Helper()
	e, err := m.login.Ask(ctx, "attempt.submitted", data{
		"user": m.user, "challenge_id": m.logsIn(ctx, d.t).Text("challenge_id"), "factor": "recovery_code", "code": code,
	})
	must(d.t, err)
	return e
}

func (d *drill) starts(ctx context.Context, p *stranger.Platform, user, want string) stranger.Event {
	d.t.Helper()
	return got(d.t, want)(p.Ask(ctx, "login.started", data{"user": user, "login_id": stranger.NewID("l-")}))
}

// The drill of docs/operations.md on a MongoDB-compatible server; on SQLite it is TestTheDrillOfBackupAndRestore.
func TestTheDrillOfBackupAndRestoreOnMongoDB(t *testing.T) {
	t.Parallel()
	ctx := within(t, 3*patient)
	d := newDrill(ctx, t)
	acme := &platform{name: "acme", login: d.in("login"), settings: d.in("settings")}
	ann, bert := acme.newMember(), acme.newMember()
	codes := d.printed(ctx, ann)
	d.printed(ctx, bert)
	opens := func(code any) {
		t.Helper()
		if e := d.tries(ctx, ann, code); e.Fact() != "attempt.accepted" {
			t.Errorf("got %s", e)
		}
	}
	spent := func(code any) {
		t.Helper()
		if e := d.tries(ctx, ann, code); e.Fact() != "attempt.rejected" || e.Text("reason") != "replayed" {
			t.Errorf("got %s", e)
		}
	}
	opens(codes[0])

	commits := d.dumps(ctx, d.site.database)
	keys := d.dumps(ctx, d.site.database+"_keys")
	erase := func() {
		t.Helper()
		got(t, "user.erased")(d.in("admin").Ask(ctx, "user.erasure_requested", data{"user": bert.user, "by": "desk-1"}))
	}
	erase()
	opens(codes[1])

	// Keys alone.
	d.standing(ctx, func() {
		d.restores(ctx, d.site.database+"_keys", keys)
		if said := d.reapplies(ctx); !strings.Contains(said, "2 keys of users who were erased had come back and are deleted") {
			t.Errorf("told %s", said)
		}
	})
	d.starts(ctx, acme.login, bert.user, "challenge.waived")
	spent(codes[0])
	spent(codes[1])

	// Everything.
	d.standing(ctx, func() {
		d.restores(ctx, d.site.database, commits)
		d.restores(ctx, d.site.database+"_keys", keys)
		_, err := d.site.countersign(ctx, d.site.commits(), "commits", "check")
		must(t, err)
		d.reapplies(ctx)
	})
	d.starts(ctx, acme.login, bert.user, "challenge.issued") // the erasure is of the time since
	erase()
	d.starts(ctx, acme.login, bert.user, "challenge.waived")
	spent(codes[0])
	opens(codes[1]) // what the store has forgotten is not known to be used
	opens(codes[2])
}
