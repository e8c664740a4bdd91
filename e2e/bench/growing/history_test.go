package growing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
)

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// What is seeded of a past login is, to the byte, what verify itself writes of one now.
func TestAPastLoginIsWhatTheWorkerWrites(t *testing.T) {
	at := place.Spec{Kind: place.SQLite, At: t.TempDir(), Name: "-"}
	g := &ground{Population: Population{Users: 3, Logins: 2}, at: at}
	if err := g.seed(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	logIn(t, g)
	p := must(place.Open(t.Context(), at))(t)
	defer func() { _ = p.Close() }()
	user := crowd.Number(0)
	stream := must(ours.Head(t.Context(), p.Events, user))(t).Stream
	var written []eventstore.Commit
	for c, err := range p.Events.Replay(t.Context(), stream, 1) {
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, c)
	}
	if len(written) != 6 {
		t.Fatalf("%d commits, want 2 for each of 2 past logins and 2 of the worker's", len(written))
	}
	for i, want := range retold(t, user, written) {
		got := written[i]
		got.Published, got.BusSequence = false, 0
		if got.State == nil { // once the next version was published
			want.State = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("version %d is\n%+v, seeded would be\n%+v", i+1, got, want)
		}
	}
}

// retold makes the guard's commits anew, as a seeder does: the past ones, and those that the worker wrote at the times at which it did.
func retold(t *testing.T, user crowd.User, written []eventstore.Commit) (made []eventstore.Commit) {
	digests := map[string]string{}
	for _, c := range written {
		digests[c.Cause.ID] = c.Digest
	}
	p := policy.Default(crowd.Platform)
	p.Hash = written[len(written)-1].Policy
	s := &seeder{guards: worker.Kit{Registry: catalog.New()}.Guards(), policy: p, digest: func(cause []byte) string { return digests[string(cause)] }}
	var key struct {
		Keyring string
		Number  int
	}
	must(0, json.Unmarshal(written[0].Events[0].Record, &key))(t)
	h := &history{seeder: s, user: user, ref: keyring.Ref(key)}
	for i := 0; i < len(written); i += 2 {
		h.policy.Hash = written[i].Policy
		made = append(made, must(h.challenged(i/2+1, written[i].At))(t), must(h.accepted(i/2+1, written[i+1].At))(t))
	}
	return made
}

// logIn has the real worker challenge every user once and accept one attempt of each.
func logIn(t *testing.T, g *ground) *draw {
	t.Helper()
	b := must(rig.Start(t.Context(), t.TempDir()))(t)
	defer b.Stop()
	d := g.draw(Row{Population: g.Population, Drawn: g.Users, Turns: 1})
	c, users := d.contender(), make([]crowd.User, g.Users)
	for _, err := range []error{c.Seed(t.Context(), g.at, users), c.Listen(t.Context(), b)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	stop := must(c.Run(t.Context(), contender.Ground{Bus: b.URL(), At: g.at}))(t)
	for _, do := range []func() error{
		func() error { return c.Challenge(t.Context(), b, users) },
		func() error { return b.Publish(t.Context(), users, crowd.User.Attempt) },
		func() error { return b.Await(t.Context(), uint64(2*g.Users)) },
		func() error { return stop(context.WithoutCancel(t.Context())) },
		func() error { return d.check(t.Context(), users) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// A file that is filled past its store is the same as one that the store wrote.
func TestAFilledFileIsWhatItsStoreWrites(t *testing.T) {
	filled, appended := place.Spec{Kind: place.SQLite, At: t.TempDir(), Name: "-"}, place.Spec{Kind: place.SQLite, At: t.TempDir(), Name: "-"}
	now, p := time.Now(), Population{Users: 4, Logins: 3}
	seeder := func() *seeder {
		s := p.seeder(now)
		s.digest = func(content []byte) string { return "1." + string(content) }
		return s
	}
	if err := place.Fill(t.Context(), filled, seeder().all()); err != nil {
		t.Fatal(err)
	}
	store := must(place.Open(t.Context(), appended))(t)
	if err := errors.Join(place.Append(t.Context(), store.Events, seeder().all()), store.Close()); err != nil {
		t.Fatal(err)
	}
	got, want := table(t, filled), table(t, appended)
	if len(got) != 3*p.size() {
		t.Errorf("%d rows are filled, want %d", len(got), 3*p.size())
	}
	wantSame(t, got, want)
}

// What logins leave behind is away once the place is rewound.
func TestAPlaceIsRewoundToWhatItWas(t *testing.T) {
	at := place.Spec{Kind: place.SQLite, At: t.TempDir(), Name: "-"}
	g := &ground{Population: Population{Users: 4, Logins: 3}, at: at}
	if err := g.seed(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	before := table(t, at)
	d := logIn(t, g)
	if len(table(t, at)) < len(before)+7*g.Users {
		t.Fatal("each login left less than two commits with their refs and a timer")
	}
	if err := d.rewind(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSame(t, table(t, at), before)
}

// wantSame shows the first row that differs.
func wantSame(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i == len(got) || i == len(want) || got[i] != want[i] {
			t.Fatalf("%d and %d rows, from the %dth on\n%s\nwant\n%s", len(got), len(want), i, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}

// tables are the rows of a place, in the order of names: ids are given as they come, so that of a ref the commit counts to which it leads.
var tables = []string{
	"SELECT kind, stream, version, cause, digest, at, policy, user, fold, state, events, timers, bus_sequence FROM commits LEFT JOIN states USING (id) LEFT JOIN (SELECT id, bus_sequence FROM marks) USING (id) ORDER BY stream, version",
	"SELECT r.stream, r.key, c.stream, c.version FROM refs r LEFT JOIN commits c ON c.id = r.id ORDER BY r.stream, r.key",
	"SELECT timer, kind, at, stream, version, type, data FROM due ORDER BY stream, version, timer",
}

// table is every row of commits, refs and timers.
func table(t *testing.T, at place.Spec) (lines []string) {
	t.Helper()
	db := must(sql.Open("sqlite", "file:"+filepath.Join(at.At, "store.db")))(t)
	defer func() { _ = db.Close() }()
	for _, query := range tables {
		rows := must(db.QueryContext(t.Context(), query))(t)
		columns := must(rows.Columns())(t)
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(0, rows.Scan(into...))(t)
			lines = append(lines, fmt.Sprintf("%T %v", values, values))
		}
		must(0, errors.Join(rows.Err(), rows.Close()))(t)
	}
	return lines
}
