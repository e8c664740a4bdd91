package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	api "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/manifests"
)

// objects are those of the namespace, as the API server has them.
func (l *live) objects(ctx context.Context) (manifests.Objects, error) {
	said, err := l.kubectl.Run(ctx, "get", "deployments,statefulsets,jobs,configmaps,poddisruptionbudgets,externalsecrets.external-secrets.io",
		"--namespace", namespace, "-o", "json")
	if err != nil {
		return manifests.Objects{}, err
	}
	return manifests.Read([]byte(said.Out))
}

// mounts looks for what a kubelet would wait for: kwok starts pods without it.
func (l *live) mounts(ctx context.Context) (string, error) {
	o, err := l.objects(ctx)
	if err != nil {
		return "", err
	}
	if missing := o.Missing(); len(missing) > 0 {
		return "", fmt.Errorf("there is no %s", strings.Join(missing, "; no "))
	}
	return fmt.Sprintf("%d ConfigMaps, and %d Secrets that the operator brings, are all that pods want", len(o.Config), len(o.Secrets)), nil
}

// spread demands that no zone and no node has two pods of a group while another has none. Pods of Jobs do not count.
func (l *live) spread(context.Context) (string, error) {
	nodes, zones := map[string]map[string]bool{}, map[string]map[string]bool{}
	count := census.Serving(l.census.Pods())
	for _, pod := range l.census.Pods() {
		if census.IsServing(pod) {
			put(nodes, census.Group(pod), pod.Spec.NodeName)
			put(zones, census.Group(pod), l.zones[pod.Spec.NodeName])
		}
	}
	for _, group := range slices.Sorted(maps.Keys(count)) {
		n := count[group]
		l.Say("%-9s %d pods in %d zones on %d nodes", group, n, len(zones[group]), len(nodes[group]))
		if len(zones[group]) < min(n, 3) || len(nodes[group]) < min(n, len(l.zones)) {
			return "", fmt.Errorf("pods of %s are not spread", group)
		}
	}
	return fmt.Sprintf("no zone and no node has two of the same, for %d kinds of pods", len(count)), nil
}

func put(in map[string]map[string]bool, group, what string) {
	if in[group] == nil {
		in[group] = map[string]bool{}
	}
	in[group][what] = true
}

func (l *live) budgets(ctx context.Context) (string, error) {
	o, err := l.objects(ctx)
	if err != nil {
		return "", err
	}
	faults, err := o.Unguarded()
	if err != nil {
		return "", err
	}
	if len(faults) > 0 {
		return "", errors.New(strings.Join(faults, "; "))
	}
	_, err = l.kubectl.Run(ctx, "wait", "--namespace", namespace, "--for=jsonpath={.status.disruptionsAllowed}=1", "poddisruptionbudgets", "--all", l.timeout())
	return fmt.Sprintf("%d budgets, each lets one pod go", len(o.Budgets)), err
}

// security asks for each template whether its pod may be, and whether it still may when it is privileged.
func (l *live) security(ctx context.Context) (string, error) {
	o, err := l.objects(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range o.Templates() {
		if err := l.mayBe(ctx, t.Pod); err != nil {
			return "", fmt.Errorf("pod of %s: %w", t.Name, err)
		}
		refused := l.mayBe(ctx, privileged(t.Pod))
		if !api.IsForbidden(refused) || !strings.Contains(refused.Error(), "violates PodSecurity") {
			return "", fmt.Errorf("a privileged pod of %s is not refused: %v", t.Name, refused)
		}
		l.Say("%s: a privileged one is refused: %v", t.Name, refused)
	}
	return fmt.Sprintf("pods of %d templates may be, and none of them privileged", len(o.Templates())), nil
}

func (l *live) mayBe(ctx context.Context, t core.PodTemplateSpec) error {
	pod := &core.Pod{ObjectMeta: meta.ObjectMeta{GenerateName: "try-", Labels: t.Labels}, Spec: t.Spec}
	_, err := l.client.CoreV1().Pods(namespace).Create(ctx, pod, meta.CreateOptions{DryRun: []string{meta.DryRunAll}})
	return err
}

func privileged(t core.PodTemplateSpec) core.PodTemplateSpec {
	t = *t.DeepCopy()
	yes := true
	t.Spec.Containers[0].SecurityContext.Privileged, t.Spec.Containers[0].SecurityContext.AllowPrivilegeEscalation = &yes, &yes
	return t
}
