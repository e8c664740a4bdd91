package browsertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// axe returns the source of axe-core. Packages are tested at the same time: one of them fetches it.
func axe(root string) (source string, err error) {
	folder := filepath.Join(root, "tools/browsertest")
	lock, err := os.Open(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return "", fmt.Errorf("find axe-core: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	file := filepath.Join(folder, "node_modules/axe-core/axe.min.js")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		if err := fetch(folder); err != nil {
			return "", err
		}
		text, err = os.ReadFile(file)
	}
	return string(text), err
}

func fetch(folder string) error {
	npm := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund")
	npm.Dir = folder
	if text, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("find axe-core: npm ci: %w\n%s\n  remedy: install Node 20 and npm, then: cd tools/browsertest && npm ci", err, text)
	}
	return nil
}

type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var lines []string
	for _, n := range v.Nodes {
		lines = append(lines, n.HTML+"\n"+n.Summary)
	}
	return fmt.Sprintf("%s (%s)\n%s", v.ID, v.Help, strings.Join(lines, "\n"))
}

// violations runs axe-core over the page. It is a tool of the test: the page's own policy would not load it.
func (b *Tab) violations() []violation {
	b.Helper()
	if !JS[bool](b, "typeof axe === 'object'") {
		source, err := b.axe()
		if err != nil {
			b.Fatal(err)
		}
		JS[any](b, source+";null")
	}
	return JS[[]violation](b, `axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
		iframes: false, // a frame may have an origin of its own, which axe cannot speak to
	}).then((r) => r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary}))})))`)
}
