package natsconfig

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/pkg/worker/bus"
	"github.com/nats-io/jwt/v2"
)

// Accounts says where the form with accounts keeps its keys. The house, its streams and its workers, has one account; each platform
// has one of its own, into which its subjects are imported, and a reply that it names stays there.
//
// What a user may do stands in its account's JWT, as the scope of a key that has signed this one user and then was thrown away: a
// configuration with other rights counts for credentials that were handed out long ago. No account's own seed is kept either: it could
// sign a user who may do everything. What can sign is the operator's seed alone.
type Accounts struct {
	Dir   string   // operator.nk, operator.jwt, accounts/*.jwt, creds/*.creds; empty: users with passwords, in one account
	Make  bool     // make the keys that are not there
	Renew []string // users that get another key; what they have is refused by a server that has read the new configuration
}

// Names of accounts that are no platform's: a platform has no underscore.
const (
	houseAccount  = "_countersign"
	systemAccount = "_system"
)

// An account is one of the server's configuration.
type account struct{ Name, Key, Token string }

// signed is what the configuration holds of the accounts.
type signed struct {
	Operator string // JWT
	Accounts []account
}

func (a Accounts) of(platforms []string, users []User) (signed, error) {
	if err := a.checkRenew(users); err != nil {
		return signed{}, err
	}
	f, err := openFolder(a)
	if err != nil {
		return signed{}, err
	}
	house, err := f.account(houseAccount, usersOf(users, ""), open)
	if err != nil {
		return signed{}, err
	}
	system, err := f.account(systemAccount, nil, func(*jwt.AccountClaims) {})
	if err != nil {
		return signed{}, err
	}
	s := signed{Accounts: []account{house, system}}
	for _, p := range platforms {
		one, err := f.account(p, usersOf(users, p), func(c *jwt.AccountClaims) { c.Imports = imports(house.Key, p) })
		if err != nil {
			return signed{}, err
		}
		s.Accounts = append(s.Accounts, one)
	}
	s.Operator, err = f.operatorToken(system.Key)
	return s, err
}

func (a Accounts) checkRenew(users []User) (err error) {
	for _, name := range a.Renew {
		if !slices.ContainsFunc(users, func(u User) bool { return u.Name == name }) {
			err = errors.Join(err, fmt.Errorf("renew %s: there is no such user", name))
		}
	}
	return err
}

func usersOf(all []User, platform string) []User {
	return slices.DeleteFunc(slices.Clone(all), func(u User) bool { return u.Platform != platform })
}

// open gives the house its streams and lets platforms import what is theirs. Nobody but the operator's key makes accounts that could.
func open(c *jwt.AccountClaims) {
	c.Limits.DiskStorage, c.Limits.Streams, c.Limits.Consumer = jwt.NoLimit, jwt.NoLimit, jwt.NoLimit
	for _, s := range shared("*") {
		c.Exports = append(c.Exports, &jwt.Export{Name: s.name, Subject: s.subject, Type: s.kind, ResponseType: s.answers})
	}
}

// imports are what a platform's account sees of the house.
func imports(house, platform string) (all jwt.Imports) {
	for _, s := range shared(platform) {
		all = append(all, &jwt.Import{Name: s.name, Subject: s.subject, LocalSubject: s.local, Account: house, Type: s.kind})
	}
	return all
}

type share struct {
	name    string
	subject jwt.Subject
	kind    jwt.ExportType
	answers jwt.ResponseType
	local   jwt.RenamingSubject // in the platform's account; empty: the same
}

// shared are the subjects that cross between the house and a platform. Users' own rights are narrower.
func shared(platform string) []share {
	durable := jwt.Subject(bus.StreamOut + "." + platform)
	one, many := jwt.ResponseType(jwt.ResponseTypeSingleton), jwt.ResponseType(jwt.ResponseTypeStream)
	return []share{
		{name: "requests", subject: jwt.Subject("mfa." + platform + ".in.>"), kind: jwt.Service, answers: one},
		{name: "questions", subject: jwt.Subject("mfa." + platform + ".rpc.>"), kind: jwt.Service, answers: one},
		{name: "facts", subject: jwt.Subject("mfa." + platform + ".out.>"), kind: jwt.Stream},
		{name: "records: state", subject: "$JS.API.CONSUMER.INFO." + durable, kind: jwt.Service, answers: one},
		{name: "records: next", subject: "$JS.API.CONSUMER.MSG.NEXT." + durable, kind: jwt.Service, answers: many},
		{name: "records: kept", subject: "$JS.ACK." + durable + ".>", kind: jwt.Service, answers: one},
		// Without it the server answers every $JS.API itself, in an account without streams, and is faster than the house.
		{name: "no streams here", subject: "mfa.no-streams", kind: jwt.Service, answers: one, local: "$JS.API.INFO"},
	}
}

// account returns the account of the name; what it was stays, word for word, where nothing is to be changed.
func (f *folder) account(name string, users []User, fill func(*jwt.AccountClaims)) (account, error) {
	was, token, err := f.accountToken(name)
	if err != nil {
		return account{}, err
	}
	key, err := f.subject(name, was)
	if err != nil {
		return account{}, err
	}
	claims := jwt.NewAccountClaims(key)
	claims.Name, claims.Limits.DisallowBearer = name, true
	for _, u := range users {
		if err := f.admit(u, claims, was); err != nil {
			return account{}, err
		}
	}
	fill(claims)
	if was == nil || !same(was, claims) {
		token, err = f.sign(name, claims)
	}
	return account{name, key, token}, err
}

// admit lets u in by the key that its account names for it, or by a new one.
func (f *folder) admit(u User, claims, was *jwt.AccountClaims) error {
	key := scopeOf(was, u.Name)
	if key == "" || slices.Contains(f.Renew, u.Name) {
		made, err := f.credential(u.Name, claims.Subject)
		if err != nil {
			return err
		}
		key = made
	}
	scope := jwt.NewUserScope()
	scope.Key, scope.Role, scope.Description = key, u.Name, u.Is
	scope.Template.Permissions = permissions(u.Permissions)
	scope.Template.AllowedConnectionTypes = jwt.StringList{jwt.ConnectionTypeStandard, jwt.ConnectionTypeWebsocket}
	claims.SigningKeys.AddScopedSigner(scope)
	return nil
}

func scopeOf(was *jwt.AccountClaims, user string) string {
	if was == nil {
		return ""
	}
	for key, s := range was.SigningKeys {
		if scope, ok := s.(*jwt.UserScope); ok && scope.Role == user {
			return key
		}
	}
	return ""
}

func permissions(p bus.Permissions) jwt.Permissions {
	may := jwt.Permissions{Pub: jwt.Permission{Allow: p.Publish}, Sub: jwt.Permission{Allow: p.Subscribe}}
	if p.Respond {
		may.Resp = &jwt.ResponsePermission{MaxMsgs: 1, Expires: 10 * time.Second}
	}
	return may
}
