// Package account keeps who may sign in: an email address, a hash of the password, and an opaque id by which the rest of the world knows the
// account. It is in memory alone; a real platform has its own users.
//
// Check takes as long for an address that nobody has as for a wrong password.
package account

import (
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"countersign/pkg/events"
)

// Bounds of a password, in characters: SP 800-63B-4 section 3.1.1.2 wants at least 8 beside a second factor.
const (
	MinPassword = 8
	MaxPassword = 128
)

const most = 10_000 // accounts

// Errors of Add.
var (
	ErrTaken = errors.New("there is an account with this address")
	ErrFull  = errors.New("there are too many accounts")
)

// An Account is one user.
type Account struct {
	ID    string // opaque, random: what the second factor knows the user by
	Email string // as it was typed

	mu       sync.Mutex
	password hash
	wish     events.Factor
}

// Wish is the factor that the user wants to be asked for first; empty: whichever is newest.
func (a *Account) Wish() events.Factor {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wish
}

// SetWish changes it.
func (a *Account) SetWish(f events.Factor) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wish = f
}

// A Book holds the accounts. It is safe for concurrent use.
type Book struct {
	cost    Cost
	nobody  func() hash // compared with where there is no account
	hashing chan struct{}

	mu      sync.Mutex
	byEmail map[string]*Account
}

// NewBook returns an empty book.
func NewBook(c Cost) *Book {
	return &Book{cost: c, nobody: sync.OnceValue(func() hash { return c.hashed(rand.Text()) }), hashing: make(chan struct{}, atOnce), byEmail: map[string]*Account{}}
}

// Add makes an account, or says ErrTaken or ErrFull.
func (b *Book) Add(email, password string) (*Account, error) {
	if err := b.free(email); err != nil {
		return nil, err
	}
	a := &Account{ID: "u-" + strings.ToLower(rand.Text()), Email: strings.TrimSpace(email)}
	b.alone(func() { a.password = b.cost.hashed(password) })
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, taken := b.byEmail[folded(email)]; taken {
		return nil, ErrTaken
	}
	b.byEmail[folded(email)] = a
	return a, nil
}

func (b *Book) free(email string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, taken := b.byEmail[folded(email)]; taken {
		return ErrTaken
	}
	if len(b.byEmail) >= most {
		return ErrFull
	}
	return nil
}

// Check returns the account whose address and password these are.
func (b *Book) Check(email, password string) (*Account, bool) {
	b.mu.Lock()
	a, known := b.byEmail[folded(email)]
	b.mu.Unlock()
	fits := false
	b.alone(func() {
		against := b.nobody()
		if known {
			against = a.password
		}
		fits = against.fits(password)
	})
	return a, known && fits
}

// ByEmail returns the account with this address: for whoever may know that there is one.
func (b *Book) ByEmail(email string) (*Account, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.byEmail[folded(email)]
	return a, ok
}

// ByID returns the account with this id.
func (b *Book) ByID(id string) (*Account, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.byEmail {
		if a.ID == id {
			return a, true
		}
	}
	return nil, false
}

// alone bounds how many hashes run at once.
func (b *Book) alone(f func()) {
	b.hashing <- struct{}{}
	defer func() { <-b.hashing }()
	f()
}

// PasswordFault says what is wrong with a new password; empty: nothing.
func PasswordFault(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		return "Enter a password"
	case n < MinPassword:
		return "The password must have at least 8 characters"
	case n > MaxPassword:
		return "The password must have at most 128 characters"
	}
	return ""
}

func folded(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
