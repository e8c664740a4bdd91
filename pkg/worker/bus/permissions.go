package bus

import (
	"fmt"
	"slices"
	"strings"

	"countersign/pkg/events"
)

// Permissions are the subjects that a credential may use; what is not named is forbidden. They are written as the server's
// configuration has them; package embedded converts them.
type Permissions struct {
	Publish   []string
	Subscribe []string
	Respond   bool // to the reply subject of what it received, once, within 10 s
}

// A Contract is the tables that permissions follow from; catalog.New and catalog.RPCs are the whole.
type Contract struct {
	Registry *events.Registry
	RPCs     []events.RPC
}

// WorkerPermissions are what a worker needs that listens to the types with the wire names given, and no more: its durables,
// its facts, its timers and dead letters, answers to its RPCs, the questions of others' that name it, its own inbox, and who was erased.
func WorkerPermissions(k Contract, worker string, names []string) (Permissions, error) {
	consumers, err := Consumers(k.Registry, worker, names, Scale{})
	if err != nil {
		return Permissions{}, err
	}
	p := Permissions{Subscribe: []string{InboxPrefix(worker) + ".>", erasures}}
	for _, c := range consumers {
		p.Publish = append(p.Publish, c.subjects()...)
	}
	for _, t := range k.Registry.Types() {
		if t.Direction == events.Out && (t.Worker == "" || t.Worker == worker) {
			p.Publish = append(p.Publish, events.OutSubject("*", t.Entity, t.Fact, "*"))
		}
		if t.Direction == events.Timer && t.Worker == worker {
			p.Publish = append(p.Publish, events.TimerSubject("*", worker, t.Fact), holdingSubject("*", worker, t.Fact, "*"))
		}
	}
	p.Publish = append(p.Publish, events.DeadSubject("*", worker, "*", "*"), "$JS.API.STREAM.INFO."+StreamOut) // the last: LastSequence
	p.answer(k, worker)
	p.ask(k, worker)
	p.sort()
	return p, nil
}

// answer lets a worker be asked, also by `nats micro`. Its answers go by Respond: a right to publish to inboxes would let it
// write to anybody's at any time. What `nats micro` asks is named word by word: the server takes $SRV.> for one of $SRV.*.
func (p *Permissions) answer(k Contract, worker string) {
	for _, rpc := range k.RPCs {
		if rpc.Worker == worker {
			p.Respond = true
			p.Subscribe = append(p.Subscribe, events.RPCSubject("*", rpc.Entity, rpc.Verb))
		}
	}
	if p.Respond {
		for _, verb := range []string{"PING", "STATS", "INFO"} {
			p.Subscribe = append(p.Subscribe, "$SRV."+verb, "$SRV."+verb+"."+serviceName(worker), "$SRV."+verb+"."+serviceName(worker)+".*")
		}
	}
}

// PlatformPermissions are what a platform's credential may do in the given roles: publish their rows of In, ask their RPCs,
// hear its own facts, pull from its own durable, receive at its own inbox.
func PlatformPermissions(k Contract, platform string, roles ...string) (Permissions, error) {
	if err := CheckPlatform(platform); err != nil {
		return Permissions{}, err
	}
	for _, role := range roles {
		if !slices.Contains(k.Roles(), role) {
			return Permissions{}, fmt.Errorf("permit %s: no role %q; there are %v", platform, role, k.Roles())
		}
	}
	c := PlatformConsumer(platform)
	p := Permissions{
		Publish:   c.subjects(),
		Subscribe: []string{PlatformInboxPrefix(platform) + ".>", c.Filter},
	}
	for _, t := range k.Registry.Types() {
		if t.Direction == events.In && slices.Contains(roles, t.Role) {
			p.Publish = append(p.Publish, events.InSubject(platform, t.Entity, t.Fact))
		}
	}
	for _, rpc := range k.RPCs {
		if slices.ContainsFunc(rpc.Roles, func(role string) bool { return slices.Contains(roles, role) }) {
			p.Publish = append(p.Publish, events.RPCSubject(platform, rpc.Entity, rpc.Verb))
		}
	}
	p.sort()
	return p, nil
}

// Roles returns every role that a row names, sorted: admin, approver, login, settings, support.
func (k Contract) Roles() []string {
	var roles []string
	for _, t := range k.Registry.Types() {
		roles = append(roles, t.Role)
	}
	for _, rpc := range k.RPCs {
		roles = append(roles, rpc.Roles...)
	}
	slices.Sort(roles)
	return slices.DeleteFunc(slices.Compact(roles), func(r string) bool { return r == "" })
}

// OperatorPermissions are what `countersign streams apply` and an operator's tools need: the streams' administration. They
// publish and hear nothing on platforms' subjects, but who may make a consumer may read what waits in a stream: what platforms
// do not seal, the operator can read.
func OperatorPermissions() Permissions {
	return Permissions{
		Publish:   []string{"$JS.API.>", "$JS.ACK." + StreamDead + ".>", "$SRV.>"},
		Subscribe: []string{InboxPrefix("operator") + ".>"},
	}
}

// subjects are the rights on one durable: its state, its messages, their acknowledgement.
func (c Consumer) subjects() []string {
	name := c.Stream + "." + c.Durable
	return []string{"$JS.API.CONSUMER.INFO." + name, "$JS.API.CONSUMER.MSG.NEXT." + name, "$JS.ACK." + name + ".>"}
}

func (p *Permissions) sort() {
	slices.Sort(p.Publish)
	p.Publish = slices.Compact(p.Publish)
	slices.Sort(p.Subscribe)
	p.Subscribe = slices.Compact(p.Subscribe)
}

// CheckPlatform refuses a name that is no DNS label: as a subject's token it could reach into others' names.
func CheckPlatform(name string) error {
	ok := len(name) >= 1 && len(name) <= 63 && !strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-") &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	if !ok {
		return fmt.Errorf("platform %q is not a DNS label: use 1 to 63 of a to z, 0 to 9 and hyphens between them", name)
	}
	return nil
}
