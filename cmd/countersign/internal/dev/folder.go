package dev

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A Folder holds what survives a restart: the bus's files, the store, the keyrings, and the keys that hide them. Everything in it
// is readable by its owner alone; the keys lie beside what they hide, which is for development only.
type Folder struct {
	path string
	lock *os.File
	keys keys
}

// keys are made once per folder, 256 bits each.
type keys struct {
	Bus      []byte `json:"bus"`      // JetStream's files at rest
	Seed     []byte `json:"seed"`     // keeper of the seed epochs
	Delivery []byte `json:"delivery"` // keeper of the delivery epochs
	Operator []byte `json:"operator"` // opens dead letters
	Worker   []byte `json:"worker"`   // password of the workers on the bus
	Twilio   []byte `json:"twilio"`   // auth token of the stand-in
}

// DefaultFolder is $XDG_STATE_HOME/countersign/dev, else ~/.local/state/countersign/dev.
func DefaultFolder() (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "countersign", "dev"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for this user: %w: name one with --data", err)
	}
	return filepath.Join(home, ".local", "state", "countersign", "dev"), nil
}

// OpenFolder makes path where it is missing and takes it for this process alone. fresh empties it first.
func OpenFolder(path string, fresh bool) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	f := &Folder{path: path}
	if err := f.take(); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	if err := f.prepare(fresh); err != nil {
		return nil, errors.Join(fmt.Errorf("open data folder: %w", err), f.Close())
	}
	return f, nil
}

// Path is a place in the folder.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Close lets another process have the folder.
func (f *Folder) Close() error { return f.lock.Close() }

const (
	lockFile = "lock"
	keysFile = "keys.json"
)

func (f *Folder) take() (err error) {
	if f.lock, err = os.OpenFile(f.Path(lockFile), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err = syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.lock.Close()
		return fmt.Errorf("%s is in use by another `countersign dev`: stop that one, or name another folder with --data", f.path)
	}
	return nil
}

func (f *Folder) prepare(fresh bool) error {
	if fresh {
		if err := f.empty(); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(f.Path(keysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return f.makeKeys()
	}
	if err == nil {
		err = json.Unmarshal(text, &f.keys)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w: start once with --fresh", keysFile, err)
	}
	return nil
}

// ours are the names that this program makes in the folder; nothing else is ever removed.
var ours = []string{
	keysFile, "nats", "store.db", "store.db-wal", "store.db-shm", "keyring.db", "keyring.db-wal", "keyring.db-shm",
	"counters.db", "counters.db-wal", "counters.db-shm", "policy.yaml",
}

func (f *Folder) empty() error {
	for _, name := range ours {
		if err := os.RemoveAll(f.Path(name)); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) makeKeys() error {
	for _, k := range []*[]byte{&f.keys.Bus, &f.keys.Seed, &f.keys.Delivery, &f.keys.Operator, &f.keys.Worker, &f.keys.Twilio} {
		*k = make([]byte, 32)
		rand.Read(*k)
	}
	text, err := json.MarshalIndent(f.keys, "", "  ")
	if err != nil {
		return err
	}
	return writeDurably(f.Path(keysFile), text)
}

// writeDurably leaves the whole text or nothing, also after a loss of power: without its keys the folder cannot be read.
func writeDurably(path string, text []byte) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// keeperURL is a local keeper for development: gocloud.dev/secrets opens it.
func keeperURL(key []byte) string { return "base64key://" + base64.URLEncoding.EncodeToString(key) }
