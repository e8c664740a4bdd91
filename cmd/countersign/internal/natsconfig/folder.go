package natsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// A folder is where the operator's seed, the tokens that it has signed and the users' credentials are. Tokens that are there are believed
// if the seed has signed them, and stay as they are.
type folder struct {
	Accounts
	operator nkeys.KeyPair
	key      string // its public half
}

const (
	seedFile     = "operator.nk"
	operatorFile = "operator.jwt"
)

func openFolder(a Accounts) (*folder, error) {
	f := &folder{Accounts: a}
	seed, err := f.seed()
	if err != nil {
		return nil, fmt.Errorf("read operator's seed: %w", err)
	}
	if f.operator, err = nkeys.FromSeed(seed); err != nil {
		return nil, fmt.Errorf("read operator's seed: %s: %w", f.path(seedFile), err)
	}
	if f.key, err = f.operator.PublicKey(); err != nil || !nkeys.IsValidPublicOperatorKey(f.key) {
		return nil, fmt.Errorf("read operator's seed: %s holds another's", f.path(seedFile))
	}
	return f, nil
}

func (f *folder) path(names ...string) string {
	return filepath.Join(append([]string{f.Dir}, names...)...)
}

func (f *folder) seed() ([]byte, error) {
	path := f.path(seedFile)
	about, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.makeSeed(path)
	}
	if err != nil {
		return nil, err
	}
	if about.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read %s: chmod 600, and begin anew in another folder if somebody could have", path)
	}
	text, err := os.ReadFile(path)
	return bytes.TrimSpace(text), err
}

// makeSeed never begins anew beside what another seed has signed: every credential would be refused.
func (f *folder) makeSeed(path string) ([]byte, error) {
	if _, err := os.Stat(f.path(operatorFile)); err == nil {
		return nil, fmt.Errorf("%s is missing, and %s is signed by it: put it back, or begin anew in another folder", path, f.path(operatorFile))
	}
	if !f.Make {
		return nil, missing(path)
	}
	pair, err := nkeys.CreateOperator()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	return seed, f.write(seed, seedFile)
}

func missing(path string) error {
	return fmt.Errorf("%s is missing: put it there, or have it made with --make-keys", path)
}

// write writes a file whole or not at all, readable by its owner alone.
func (f *folder) write(text []byte, names ...string) error {
	path := f.path(names...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// token reads a token; empty where there is none.
func (f *folder) token(names ...string) (string, error) {
	text, err := os.ReadFile(f.path(names...))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

func (f *folder) accountToken(name string) (*jwt.AccountClaims, string, error) {
	token, err := f.token("accounts", name+".jwt")
	if err != nil || token == "" {
		return nil, "", err
	}
	claims, err := jwt.DecodeAccountClaims(token)
	if err == nil && claims.Issuer != f.key {
		err = errors.New("another operator has signed it")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read account %s: %s: %w", name, f.path("accounts", name+".jwt"), err)
	}
	return claims, token, nil
}

// subject is the account's public key. Its seed is thrown away.
func (f *folder) subject(name string, was *jwt.AccountClaims) (string, error) {
	if was != nil {
		return was.Subject, nil
	}
	if !f.Make {
		return "", missing(f.path("accounts", name+".jwt"))
	}
	_, key, err := pair(nkeys.CreateAccount)
	return key, err
}

func (f *folder) sign(name string, claims *jwt.AccountClaims) (string, error) {
	var faults jwt.ValidationResults
	claims.Validate(&faults)
	if err := errors.Join(faults.Errors()...); err != nil {
		return "", fmt.Errorf("sign account %s: %w", name, err)
	}
	token, err := claims.Encode(f.operator)
	if err != nil {
		return "", fmt.Errorf("sign account %s: %w", name, err)
	}
	return token, f.write([]byte(token+"\n"), "accounts", name+".jwt")
}

// credential makes the file by which a user connects, and returns the key that has signed it, whose seed is thrown away.
func (f *folder) credential(user, account string) (scope string, err error) {
	if !f.Make && !slices.Contains(f.Renew, user) {
		return "", missing(f.path("creds", user+".creds"))
	}
	signer, scope, err := pair(nkeys.CreateAccount)
	if err != nil {
		return "", err
	}
	own, key, err := pair(nkeys.CreateUser)
	if err != nil {
		return "", err
	}
	claims := jwt.NewUserClaims(key)
	claims.Name, claims.IssuerAccount = user, account
	claims.SetScoped(true)
	token, err := claims.Encode(signer)
	if err != nil {
		return "", fmt.Errorf("sign user %s: %w", user, err)
	}
	text, err := credentialText(token, own)
	if err != nil {
		return "", fmt.Errorf("sign user %s: %w", user, err)
	}
	return scope, f.write(text, "creds", user+".creds")
}

func credentialText(token string, own nkeys.KeyPair) ([]byte, error) {
	seed, err := own.Seed()
	if err != nil {
		return nil, err
	}
	return jwt.FormatUserConfig(token, seed)
}

func pair(make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string, error) {
	both, err := make()
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	public, err := both.PublicKey()
	return both, public, err
}

// operatorToken says that the operator trusts itself, and which account is the system's: nobody has a user of it.
func (f *folder) operatorToken(system string) (string, error) {
	token, err := f.token(operatorFile)
	if err != nil {
		return "", fmt.Errorf("read operator: %w", err)
	}
	if was, err := jwt.DecodeOperatorClaims(token); err == nil && was.Subject == f.key && was.SystemAccount == system {
		return token, nil
	}
	claims := jwt.NewOperatorClaims(f.key)
	claims.Name, claims.SystemAccount = "countersign", system
	if token, err = claims.Encode(f.operator); err != nil {
		return "", fmt.Errorf("sign operator: %w", err)
	}
	return token, f.write([]byte(token+"\n"), operatorFile)
}
