package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// install makes sure that the browser and axe-core are there.
func install(ctx context.Context) error {
	if text, err := exec.CommandContext(ctx, "../../../scripts/need", "chromium", "chromium", "fonts-dejavu-core").CombinedOutput(); err != nil {
		return fmt.Errorf("find chromium: %w\n%s", err, text)
	}
	const file = "node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(file)
	if err != nil {
		if text, err := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			return fmt.Errorf("find axe-core: npm ci: %w\n%s\n  remedy: install Node 20 and npm, then: cd examples/platform/browser && npm ci", err, text)
		}
		source, err = os.ReadFile(file)
	}
	axe = string(source)
	return err
}
