package growing

import (
	"os"
	"slices"
	"time"

	"countersign/e2e/bench/place"
)

// A Row is a line of the table: a population, and how many of its users are drawn for one measurement.
type Row struct {
	Population
	Drawn int `json:"drawn"`
	Timed int `json:"timed"` // of them, those whose attempts come one by one
	Turns int `json:"turns"` // attempts of each, at most as many as codes are taken at one time: 3
}

// A Table's rows differ in one thing, and are measured in turn.
type Table struct {
	Name   string // what grows: users or commits
	Rounds int
	Rows   []Row
	Full   int // users of the last row who log in all at once before the first code of any comes, in one more measurement; 0: none
}

// size is how large the row is in what grows.
func (t Table) size(r Row) int {
	if t.Name == Commits {
		return 2 * r.Logins
	}
	return r.Users
}

// What grows.
const (
	Users   = "users"   // who are enrolled
	Commits = "commits" // in each user's guard
)

// Config says what to measure.
type Config struct {
	Dir      string // for files; what is made there is removed
	Stores   string // folder in which populations of SQLite stay for the next run; empty: they are removed
	MongoDB  string // URI of a server; empty: only SQLite
	Tables   map[string][]Table
	Trickle  time.Duration // how long attempts come one by one
	Profiles string        // folder for profiles of the worker during each flood; empty: none
	Progress func(format string, args ...any)
}

// Full is the measurement that counts. A server that copies what it is given is filled more slowly than a file: there the populations are smaller.
func Full() Config {
	return Config{
		Dir: os.TempDir(), Trickle: 2 * time.Second, Progress: func(string, ...any) {},
		Tables: map[string][]Table{
			place.SQLite: {
				{Name: Users, Rounds: 5, Full: 12_000, Rows: []Row{few(1000), many(100_000), many(1_000_000)}},
				{Name: Commits, Rounds: 12, Rows: []Row{long(200, 5), long(200, 5000)}},
			},
			place.MongoDB: {
				{Name: Users, Rounds: 3, Full: 12_000, Rows: []Row{few(1000), many(50_000)}},
				{Name: Commits, Rounds: 6, Rows: []Row{long(200, 5), long(200, 500)}},
			},
		},
	}
}

// few have to give all the codes that they have, many give one each: as many attempts.
func few(users int) Row  { return Row{Population{users, 1}, users, users / 5, 3} }
func many(users int) Row { return Row{Population{users, 1}, 3000, 600, 1} }

func long(users, logins int) Row { return Row{Population{users, logins}, users, users / 5, 3} }

// Shorten leaves of it what shows that it works.
func (c *Config) Shorten() {
	c.Trickle = 100 * time.Millisecond
	for store := range c.Tables {
		c.Tables[store] = []Table{
			{Name: Users, Rounds: 1, Full: 50, Rows: []Row{few(10), {Population{100, 1}, 30, 6, 1}}},
			{Name: Commits, Rounds: 1, Rows: []Row{{Population{5, 2}, 5, 1, 1}, {Population{5, 20}, 5, 1, 1}}}, // one turn: nobody waits for the next code
		}
	}
}

// Only leaves one table, unless what is empty, and has each row measured so many times, unless rounds is 0.
func (c *Config) Only(what string, rounds int) {
	for store, all := range c.Tables {
		c.Tables[store] = slices.DeleteFunc(all, func(t Table) bool { return what != "" && t.Name != what })
		for i := range c.Tables[store] {
			if rounds > 0 {
				c.Tables[store][i].Rounds = rounds
			}
		}
	}
}
