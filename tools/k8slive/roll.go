package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/manifests"
)

// least prints the fewest pods that served since the mark, and compares them with what each budget demands: all but one.
func (l *live) least(before map[string]int) error {
	least := l.census.Least()
	for _, group := range slices.Sorted(maps.Keys(before)) {
		l.Say("%-9s never fewer than %d of %d served, its budget demands %d", group, least[group], before[group], before[group]-1)
		if least[group] < before[group]-1 {
			return fmt.Errorf("only %d of %d pods of %s served", least[group], before[group], group)
		}
	}
	return nil
}

// mark begins to count anew, and returns what serves now.
func (l *live) mark() map[string]int {
	l.census.Mark()
	return l.census.Least()
}

// release applies the overlay with new versions of all images. The Job goes first, as the README says: a Job cannot be changed.
func (l *live) release(ctx context.Context) (string, error) {
	if err := l.copy.Release("v0.1.0", "v0.1.1"); err != nil {
		return "", err
	}
	if err := l.copy.Release("2.15.2", "2.15.3"); err != nil {
		return "", err
	}
	before := l.mark()
	if _, err := l.kubectl.Run(ctx, "delete", "--namespace", namespace, "job/countersign-streams", l.timeout()); err != nil {
		return "", err
	}
	if _, err := l.applied(ctx, l.copy.Overlay()); err != nil {
		return "", err
	}
	if _, err := l.settle(ctx); err != nil {
		return "", err
	}
	if err := l.census.Await(ctx, all(before, anew)); err != nil {
		return "", err
	}
	return "every worker and the bus run the new version", l.least(before)
}

// all is content when exactly so many pods of each group serve and each is as it should be.
func all(want map[string]int, fault func(*core.Pod) string) func(map[string]*core.Pod) string {
	return func(pods map[string]*core.Pod) string {
		for _, pod := range pods {
			if _, counts := want[census.Group(pod)]; counts && fault(pod) != "" {
				return pod.Name + " " + fault(pod)
			}
		}
		return serving(want)(pods)
	}
}

func anew(pod *core.Pod) string {
	if image := pod.Spec.Containers[0].Image; !strings.HasSuffix(image, ":v0.1.1") && !strings.HasSuffix(image, ":2.15.3") {
		return "runs " + image
	}
	return ""
}

// privileged applies the one broken overlay that a Deployment hides: the API server warns, and refuses each pod. The replicas that are there must
// not go for it.
func (l *live) privileged(ctx context.Context) (string, error) {
	dir, err := l.copy.Variant(manifests.Privileged.Name, manifests.Privileged.Patches)
	if err != nil {
		return "", err
	}
	before := l.mark()
	said, err := l.kubectl.Run(ctx, "apply", "--server-side", "-k", dir)
	if err != nil {
		return "", err
	}
	l.Say("the API server warns: %s", strings.Join(said.Warnings, "\n"))
	if _, err := l.kubectl.Run(ctx, "wait", "--namespace", namespace, "--for=condition=ReplicaFailure", "deployment/countersign-verify", l.timeout()); err != nil {
		return "", err
	}
	said, err = l.kubectl.Run(ctx, "get", "--namespace", namespace, "deployment/countersign-verify", "-o", `jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}`)
	if err != nil {
		return "", err
	}
	l.Say("the rollout stops: %s", said.Out)
	if !strings.Contains(said.Out, manifests.Privileged.Message) {
		return "", fmt.Errorf("it stops for another reason: %s", said.Out)
	}
	return "its pods were refused, the old ones served on, and the overlay as it was mended it", l.mended(ctx, before)
}

func (l *live) mended(ctx context.Context, before map[string]int) error {
	if _, err := l.applied(ctx, l.copy.Overlay()); err != nil {
		return err
	}
	if _, err := l.settle(ctx); err != nil {
		return err
	}
	return l.least(before)
}
