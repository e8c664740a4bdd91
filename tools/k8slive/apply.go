package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	scaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/kubectl"
	"countersign/tools/k8slive/internal/manifests"
)

// apply applies a copy of the overlay that has what its README asks for.
func (l *live) apply(ctx context.Context) (_ string, err error) {
	if l.copy, err = manifests.CopyOf(filepath.Join(l.root, "deploy/k8s"), filepath.Join(l.dir, "k8s")); err != nil {
		return "", err
	}
	ca, err := l.authority()
	if err != nil {
		return "", err
	}
	if err := l.copy.Fill(ca); err != nil {
		return "", err
	}
	said, err := l.applied(ctx, l.copy.Overlay())
	if err != nil {
		return "", err
	}
	l.Say("%s", said.Out)
	return fmt.Sprintf("%d objects, no warning", strings.Count(said.Out, "\n")), nil
}

// applied applies a folder as a person does. A warning is an error: production is to give none.
func (l *live) applied(ctx context.Context, dir string, args ...string) (kubectl.Said, error) {
	said, err := l.kubectl.Run(ctx, append([]string{"apply", "--server-side", "-k", dir}, args...)...)
	if err == nil && len(said.Warnings) > 0 {
		err = fmt.Errorf("apply %s: the API server warns: %s", filepath.Base(dir), strings.Join(said.Warnings, "\n"))
	}
	return said, err
}

type scaled struct {
	Metadata meta.ObjectMeta
	Spec     struct {
		ScaleTargetRef  struct{ Name string }
		MinReplicaCount int32
		MaxReplicaCount int32
	}
}

// scale makes what KEDA makes of a ScaledObject: an autoscaler that goes by the lag, within the same bounds. Nobody tells it the lag here, and
// so it keeps to the lower bound.
func (l *live) scale(ctx context.Context) (string, error) {
	said, err := l.kubectl.Run(ctx, "get", "scaledobjects.keda.sh", "--namespace", namespace, "-o", "json")
	if err != nil {
		return "", err
	}
	var all struct{ Items []scaled }
	if err := json.Unmarshal([]byte(said.Out), &all); err != nil {
		return "", fmt.Errorf("read scaled objects: %w", err)
	}
	want := map[string]int{}
	for _, s := range all.Items {
		if _, err := l.client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Create(ctx, s.autoscaler(), meta.CreateOptions{}); err != nil {
			return "", fmt.Errorf("make autoscaler: %w", err)
		}
		want[strings.TrimPrefix(s.Spec.ScaleTargetRef.Name, "countersign-")] = int(s.Spec.MinReplicaCount)
	}
	if len(want) != len(workers) {
		return "", fmt.Errorf("scaled objects are of %v", want)
	}
	return fmt.Sprintf("%d autoscalers, each worker has its fewest: %v", len(want), want), l.census.Await(ctx, serving(want))
}

func (s scaled) autoscaler() *scaling.HorizontalPodAutoscaler {
	lag := resource.MustParse("500")
	return &scaling.HorizontalPodAutoscaler{
		ObjectMeta: meta.ObjectMeta{Name: "keda-hpa-" + s.Metadata.Name},
		Spec: scaling.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: scaling.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: s.Spec.ScaleTargetRef.Name},
			MinReplicas:    &s.Spec.MinReplicaCount,
			MaxReplicas:    s.Spec.MaxReplicaCount,
			Metrics: []scaling.MetricSpec{{Type: scaling.ExternalMetricSourceType, External: &scaling.ExternalMetricSource{
				Metric: scaling.MetricIdentifier{Name: "s0-nats-jetstream"},
				Target: scaling.MetricTarget{Type: scaling.AverageValueMetricType, AverageValue: &lag},
			}}},
		},
	}
}

// serving is content when exactly so many pods of each group serve, and no other pod of the group is there.
func serving(want map[string]int) func(map[string]*core.Pod) string {
	return func(pods map[string]*core.Pod) string {
		serve, all := census.Serving(pods), map[string]int{}
		for _, pod := range pods {
			all[census.Group(pod)]++
		}
		for group, n := range want {
			if serve[group] != n || all[group] != n {
				return fmt.Sprintf("%d of %d pods of %s serve, %d are wanted%s", serve[group], all[group], group, n, states(pods, group))
			}
		}
		return ""
	}
}

// states has a line for each pod of a group that does not serve.
func states(pods map[string]*core.Pod, group string) (all string) {
	for _, name := range slices.Sorted(maps.Keys(pods)) {
		if pod := pods[name]; census.Group(pod) == group && !census.IsServing(pod) {
			all += "\n" + census.State(pod)
		}
	}
	return all
}

// settle waits for everything that an apply sets in motion.
func (l *live) settle(ctx context.Context) (string, error) {
	for _, worker := range workers {
		if err := l.rolledOut(ctx, "deployment/countersign-"+worker); err != nil {
			return "", err
		}
	}
	if err := l.rolledOut(ctx, "statefulset/nats"); err != nil {
		return "", err
	}
	_, err := l.kubectl.Run(ctx, "wait", "--namespace", namespace, "--for=condition=Complete", "job/countersign-streams", l.timeout())
	return "4 deployments and the bus serve, the Job of the streams has ended well", err
}

func (l *live) rolledOut(ctx context.Context, what string) error {
	_, err := l.kubectl.Run(ctx, "rollout", "status", "--namespace", namespace, what, l.timeout())
	return err
}

// again applies what is there already: nobody's number of replicas is set back, and no pod is made anew.
func (l *live) again(ctx context.Context) (string, error) {
	before, err := l.generations(ctx)
	if err != nil {
		return "", err
	}
	if _, err := l.applied(ctx, l.copy.Overlay()); err != nil {
		return "", err
	}
	after, err := l.generations(ctx)
	if err == nil && before != after {
		err = fmt.Errorf("an apply that changes nothing made %s of %s", after, before)
	}
	return "nothing has changed, replicas among it", err
}

func (l *live) generations(ctx context.Context) (string, error) {
	said, err := l.kubectl.Run(ctx, "get", "deployments,statefulsets", "--namespace", namespace,
		"-o", "jsonpath={range .items[*]}{.metadata.name} {.metadata.generation} {.spec.replicas}\n{end}")
	return said.Out, err
}

func (l *live) byCPU(ctx context.Context) (string, error) {
	dir, err := l.copy.ScaledByCPU()
	if err != nil {
		return "", err
	}
	said, err := l.applied(ctx, dir, "--dry-run=server")
	return fmt.Sprintf("%d objects would be, %d of them HPAs", strings.Count(said.Out, "\n"), strings.Count(said.Out, "horizontalpodautoscaler")), err
}
