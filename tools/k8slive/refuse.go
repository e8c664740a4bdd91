package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/tools/k8slive/internal/kubectl"
	"countersign/tools/k8slive/internal/manifests"
)

// refuse tries overlays with one fault each. They are tried and not applied: what is good in them would be applied all the same.
func (l *live) refuse(ctx context.Context) (string, error) {
	for _, f := range manifests.Refused {
		dir, err := l.copy.Variant(f.Name, f.Patches)
		if err != nil {
			return "", err
		}
		_, err = l.applied(ctx, dir, "--dry-run=server")
		var refusal kubectl.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Message, f.Message) {
			return "", fmt.Errorf("%s is not refused for its %s: %v", f.Name, f.Message, err)
		}
		l.Say("%s:", f.Name)
		l.Say("   %s", refusal.Message)
	}
	return fmt.Sprintf("%d overlays refused, each for its fault", len(manifests.Refused)), nil
}

// unmatched tries an overlay that the API server takes, and that no drain should meet.
func (l *live) unmatched(ctx context.Context) (string, error) {
	dir, err := l.copy.Variant(manifests.Unmatched.Name, manifests.Unmatched.Patches)
	if err != nil {
		return "", err
	}
	said, err := l.applied(ctx, dir, "--dry-run=server", "-o", "json")
	if err != nil {
		return "", err
	}
	o, err := manifests.Read([]byte(said.Out))
	if err != nil {
		return "", err
	}
	faults, err := o.Unguarded()
	if err != nil {
		return "", err
	}
	if len(faults) != 1 || !strings.Contains(faults[0], manifests.Unmatched.Message) {
		return "", fmt.Errorf("it is not found: %v", faults)
	}
	return faults[0], nil
}
