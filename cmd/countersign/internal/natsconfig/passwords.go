package natsconfig

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Passwords says where users' passwords come from.
type Passwords struct {
	Dir  string // one file per user, named as it, holding the password or its bcrypt hash; empty: variables of the server's environment
	Make bool   // make those that are not there, 128 bits each, readable by their owner alone
	Cost int    // of a hash, bcrypt's 4 to 31; the server spends it at every connect. 0: DefaultCost
}

// Variable is where the server finds the password of a user, or its hash, when there is no folder: acme.login has
// COUNTERSIGN_NATS_PASSWORD_ACME_LOGIN.
func Variable(user string) string {
	return "COUNTERSIGN_NATS_PASSWORD_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(user))
}

// of gives what stands behind `password:` for each user. Every missing one is in the error.
func (p Passwords) of(users []User) ([]string, error) {
	texts, faults := make([]string, len(users)), make([]error, len(users))
	for i, u := range users {
		if p.Dir == "" {
			texts[i] = "$" + Variable(u.Name)
			continue
		}
		texts[i], faults[i] = p.hashed(u.Name)
	}
	return texts, errors.Join(faults...)
}

func (p Passwords) hashed(user string) (string, error) {
	password, err := p.read(user)
	if err != nil {
		return "", fmt.Errorf("read password of %s: %w", user, err)
	}
	hash := []byte(password)
	if _, isHash := bcrypt.Cost(hash); isHash != nil {
		if hash, err = bcrypt.GenerateFromPassword(hash, cmp.Or(p.Cost, DefaultCost)); err != nil {
			return "", fmt.Errorf("hash password of %s: %w", user, err)
		}
	}
	return quoted(string(hash)), nil
}

// DefaultCost is for passwords that people choose; one that was made here would need no cost at all.
const DefaultCost = 10

func (p Passwords) read(user string) (string, error) {
	path := filepath.Join(p.Dir, user)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && p.Make {
		return make128(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: write it there, or have it made with --make-passwords", err)
	}
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return password, nil
}

func make128(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	password := rand.Text()
	return password, os.WriteFile(path, []byte(password), 0o600)
}
