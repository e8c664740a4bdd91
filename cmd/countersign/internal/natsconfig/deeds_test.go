package natsconfig_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// A deed is something that could be done on the bus, and who may do it; for everybody else it is forbidden.
type deed struct {
	does    string // publish or subscribe
	subject string
	may     []string
}

// deeds are every subject of the contract, and what somebody would try who wants more.
func deeds(t *testing.T) []deed {
	return slices.Concat(requests(), facts(), questions(), durables(t), inboxes(), administration(), curiosity())
}

func publish(subject string, may ...string) deed   { return deed{"publish", subject, may} }
func subscribe(subject string, may ...string) deed { return deed{"subscribe", subject, may} }

func everyRole(platform string) (users []string) {
	for _, role := range []string{"admin", "approver", "login", "settings", "support"} {
		users = append(users, platform+"."+role)
	}
	return users
}

var everyWorker = []string{"_enroll", "_notifier", "_recovery", "_verify"}

// A platform's role publishes its rows; nobody hears them but by a durable.
func requests() (all []deed) {
	for _, platform := range platforms {
		for _, row := range table.Contract().Registry.Types() {
			if row.Direction == events.In {
				subject := events.InSubject(platform, row.Entity, row.Fact)
				all = append(all, publish(subject, platform+"."+row.Role), subscribe(subject))
			}
		}
	}
	return append(all,
		publish("mfa.acme.in.login.begun"), publish("mfa.nobody.in.login.started"), publish("mfa.acme.in.login.started.now"),
		subscribe("mfa.acme.in.>"), subscribe("mfa.*.in.login.started"),
	)
}

// Facts, timers and dead letters are their worker's. A platform hears its own facts; all workers hear who was erased.
func facts() (all []deed) {
	for _, row := range table.Contract().Registry.Types() {
		switch row.Direction {
		case events.Out:
			subject, owner, hears := events.OutSubject("acme", row.Entity, row.Fact, "k"), []string{"_" + row.Worker}, everyRole("acme")
			if row.Worker == "" {
				owner = everyWorker
			}
			if row.Entity == "user" && row.Fact == "erased" {
				hears = append(hears, everyWorker...)
			}
			all = append(all, publish(subject, owner...), subscribe(subject, hears...))
		case events.Timer:
			due := events.TimerSubject("acme", row.Worker, row.Fact)
			all = append(all, publish(due, "_"+row.Worker), publish(due+".id", "_"+row.Worker), subscribe(due), subscribe(due+".id"))
		}
	}
	for _, w := range everyWorker {
		all = append(all, publish(events.DeadSubject("acme", w[1:], "login", "started"), w))
	}
	return append(all,
		subscribe("mfa.acme.out.>", everyRole("acme")...), subscribe("mfa.beta.out.*.*.k", everyRole("beta")...),
		subscribe("mfa.*.out.>"), subscribe("mfa.acme.timer.>"), subscribe("mfa.acme.dead.>"), subscribe("mfa.*.dead.*.*.*"),
		publish("mfa.acme.out.attempt.begun.k"), publish("mfa.acme.timer.verify.expired"),
	)
}

// Roles of platforms and workers ask what their rows name; the worker that answers hears it.
func questions() (all []deed) {
	for _, row := range table.Contract().RPCs {
		for _, platform := range platforms {
			var ask []string
			for _, role := range row.Roles {
				ask = append(ask, platform+"."+role)
			}
			for _, worker := range row.Askers {
				ask = append(ask, "_"+worker)
			}
			subject := events.RPCSubject(platform, row.Entity, row.Verb)
			all = append(all, publish(subject, ask...), subscribe(subject, "_"+row.Worker))
		}
	}
	return append(all, subscribe("mfa.acme.rpc.>"), publish("mfa.acme.rpc.login.forget"))
}

// A durable is pulled from, asked about and acknowledged to by whose it is. The operator administers it, and settles dead letters alone.
func durables(t *testing.T) (all []deed) {
	own := func(c bus.Consumer, owners ...string) {
		name := c.Stream + "." + c.Durable
		all = append(all,
			publish("$JS.API.CONSUMER.INFO."+name, append(owners, "_operator")...),
			publish("$JS.API.CONSUMER.MSG.NEXT."+name, append(owners, "_operator")...),
			publish("$JS.ACK."+name+".1.2.3.4.0", owners...),
			publish("$JS.API.CONSUMER.DELETE."+name, "_operator"),
			publish("$JS.API.CONSUMER.PAUSE."+name, "_operator"),
			publish("$JS.API.CONSUMER.UNPIN."+name, "_operator"),
			publish("$JS.API.CONSUMER.LEADER.STEPDOWN."+name, "_operator"),
		)
	}
	for _, w := range table.Workers() {
		consumers, err := bus.Consumers(table.Contract().Registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range consumers {
			own(c, "_"+w.Name)
		}
	}
	for _, platform := range platforms {
		own(bus.PlatformConsumer(platform), everyRole(platform)...)
	}
	return append(all, publish("$JS.ACK.MFA_DEAD.any.1.2.3.4.0", "_operator"), subscribe("$JS.ACK.>"))
}

// Everybody hears their own inbox, and nobody writes into one by right.
func inboxes() (all []deed) {
	owners := map[string][]string{"acme": everyRole("acme"), "beta": everyRole("beta"), "_operator": {"_operator"}}
	for _, w := range everyWorker {
		owners[w] = []string{w}
	}
	for name, users := range owners {
		prefix := "_INBOX." + name
		all = append(all, subscribe(prefix+".>", users...), subscribe(prefix+".x.*", users...), publish(prefix+".x"))
	}
	return append(all, subscribe("_INBOX.>"), subscribe("_INBOX.*.x"), subscribe("_INBOX.verify.>"), subscribe("_R_.>"), publish("_R_.x"))
}

// Streams and consumers are the operator's: mirrors, sources, push consumers onto somebody's subject and reading past the durables are all
// made by these.
func administration() (all []deed) {
	for _, stream := range []string{bus.StreamIn, bus.StreamOut, bus.StreamTimer, bus.StreamDead, "SPY"} {
		for _, command := range []string{
			"STREAM.CREATE.", "STREAM.UPDATE.", "STREAM.DELETE.", "STREAM.PURGE.", "STREAM.MSG.GET.", "STREAM.MSG.DELETE.", "STREAM.SNAPSHOT.",
			"STREAM.RESTORE.", "STREAM.LEADER.STEPDOWN.", "STREAM.PEER.REMOVE.", "DIRECT.GET.", "CONSUMER.CREATE.", "CONSUMER.LIST.",
			"CONSUMER.NAMES.",
		} {
			all = append(all, publish("$JS.API."+command+stream, "_operator"))
		}
		for _, command := range []string{
			"CONSUMER.CREATE." + stream + ".spy", "CONSUMER.CREATE." + stream + ".spy.mfa.beta.out.attempt.accepted.k",
			"CONSUMER.DURABLE.CREATE." + stream + ".spy", "DIRECT.GET." + stream + ".mfa.beta.out.attempt.accepted.k",
			"CONSUMER.MSG.NEXT." + stream + ".spy",
		} {
			all = append(all, publish("$JS.API."+command, "_operator"))
		}
		may := []string{"_operator"}
		if stream == bus.StreamOut {
			may = append(may, everyWorker...) // its last sequence says whether the bus has lost something
		}
		all = append(all, publish("$JS.API.STREAM.INFO."+stream, may...))
	}
	for _, command := range []string{"INFO", "STREAM.LIST", "STREAM.NAMES", "META.LEADER.STEPDOWN", "SERVER.REMOVE", "ACCOUNT.PURGE.A"} {
		all = append(all, publish("$JS.API."+command, "_operator"))
	}
	return all
}

// What is nobody's, or of who is asked whether it lives.
func curiosity() (all []deed) {
	var asked []string
	for _, row := range table.Contract().RPCs {
		asked = append(asked, "_"+row.Worker)
	}
	for _, subject := range []string{">", "*", "mfa.>", "mfa.acme.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "$SYS.>", "$KV.>", "$O.>", "$NRG.>"} {
		all = append(all, subscribe(subject))
	}
	for _, subject := range []string{"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.USER.INFO", "$KV.a.b", "x"} {
		all = append(all, publish(subject))
	}
	return append(all, publish("$SRV.PING", "_operator"), subscribe("$SRV.PING", asked...), subscribe("$SRV.>"))
}

// wrong is what is not as it should be, of one deed.
func (d deed) wrong(u natsconfig.User, refused bool) string {
	if slices.Contains(d.may, u.Name) != refused {
		return ""
	}
	not := ""
	if refused {
		not = "not "
	}
	return strings.Join([]string{u.Name, "may", not + d.does, d.subject}, " ")
}
