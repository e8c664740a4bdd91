package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/kubectl"
)

// drain empties a node that holds a verify, as an upgrade of nodes does.
func (l *live) drain(ctx context.Context) (string, error) {
	node := l.nodesOf("verify")[0]
	before := l.mark()
	moving := l.on(node)
	l.Say("%s holds %s", node, strings.Join(moving, ", "))
	said, err := l.kubectl.Run(ctx, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", l.timeout())
	l.Say("%s", said.Out)
	if err != nil {
		return "", err
	}
	if err := l.census.Await(ctx, all(before, elsewhere(node))); err != nil {
		return "", err
	}
	l.Say("verify is on %s", strings.Join(l.nodesOf("verify"), " and "))
	if _, err := l.kubectl.Run(ctx, "uncordon", node); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d pods left %s, and as many serve elsewhere", len(moving), node), l.least(before)
}

func elsewhere(node string) func(*core.Pod) string {
	return func(pod *core.Pod) string {
		if pod.Spec.NodeName == node {
			return "is on " + node
		}
		return ""
	}
}

// forbidden leaves no place for what a drain would move: the first verify goes, and the second must stay until the first is back.
func (l *live) forbidden(ctx context.Context) (string, error) {
	nodes := l.nodesOf("verify")
	if len(nodes) != 2 {
		return "", fmt.Errorf("verify is on %v, not on two nodes", nodes)
	}
	before := l.mark()
	if _, err := l.kubectl.Run(ctx, append([]string{"cordon"}, slices.Sorted(maps.Keys(l.zones))...)...); err != nil {
		return "", err
	}
	if err := l.drainVerify(ctx, nodes[0], l.timeout()); err != nil {
		return "", err
	}
	err := l.drainVerify(ctx, nodes[1], "--timeout=15s")
	var refusal kubectl.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "would violate the pod's disruption budget") {
		return "", fmt.Errorf("the second drain is not refused: %v", err)
	}
	l.Say("the second drain: %s", refusal.Message)
	if _, err := l.kubectl.Run(ctx, append([]string{"uncordon"}, slices.Sorted(maps.Keys(l.zones))...)...); err != nil {
		return "", err
	}
	if err := l.census.Await(ctx, serving(before)); err != nil {
		return "", err
	}
	if err := l.drainVerify(ctx, nodes[1], l.timeout()); err != nil {
		return "", err
	}
	if err := l.census.Await(ctx, serving(before)); err != nil {
		return "", err
	}
	return "it was refused while no other served, and went on when one did", l.least(before)
}

func (l *live) drainVerify(ctx context.Context, node, timeout string) error {
	said, err := l.kubectl.Run(ctx, "drain", node, "--pod-selector="+census.Component+"=verify", timeout)
	l.Say("%s", said.Out)
	return err
}

func (l *live) nodesOf(group string) (nodes []string) {
	for _, pod := range l.census.Pods() {
		if census.Group(pod) == group && census.IsServing(pod) {
			nodes = append(nodes, pod.Spec.NodeName)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

func (l *live) on(node string) (names []string) {
	for name, pod := range l.census.Pods() {
		if pod.Spec.NodeName == node && census.IsServing(pod) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
