//go:build !failpoints

package main

import "countersign/services/notifier"

// pace is the package's own.
func pace() notifier.Pace { return notifier.Pace{} }
