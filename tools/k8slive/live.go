package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/kubectl"
	"countersign/tools/k8slive/internal/manifests"
	"countersign/tools/k8slive/internal/plane"
	"countersign/tools/k8slive/internal/report"
)

const namespace = "countersign"

var workers = []string{"enroll", "verify", "notifier", "recovery"}

// live is the cluster and what was learned of it; each step leaves there what the next ones need.
type live struct {
	*report.Report
	programs, root, dir string
	patience            time.Duration // with one step; on an idle machine the longest takes a quarter of a minute

	plane   *plane.Plane
	kubectl kubectl.Kubectl
	client  kubernetes.Interface
	census  *census.Census
	copy    manifests.Copy
	zones   map[string]string // of each node
}

// all takes the steps in order, and stops at the first that fails.
func (l *live) all(ctx context.Context) error {
	for _, s := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"start a control plane", l.start},
		{"add nodes and disks in three zones", l.addNodes},
		{"define what KEDA and the other operators define", l.define},
		{"apply the production overlay", l.apply},
		{"scale as KEDA would", l.scale},
		{"wait for every rollout", l.settle},
		{"find what pods mount", l.mounts},
		{"find pods spread over zones and nodes", l.spread},
		{"find one budget for every pod", l.budgets},
		{"hold pods to restricted pod security", l.security},
		{"refuse broken overlays", l.refuse},
		{"find a budget that matches no pod", l.unmatched},
		{"take components/hpa for components/keda", l.byCPU},
		{"apply again what is there", l.again},
		{"roll a release out", l.release},
		{"stop a rollout of privileged pods", l.privileged},
		{"drain the node of a worker", l.drain},
		{"refuse a drain that the budget forbids", l.forbidden},
	} {
		within, cancel := context.WithTimeout(ctx, l.patience)
		err := l.Step(s.name, func() (string, error) { return s.do(within) })
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// timeout lets kubectl itself say what it waited for in vain, before the step's time is up.
func (l *live) timeout() string { return "--timeout=" + (l.patience * 9 / 10).String() }

// seen prints what there is to see of a step that failed, and what to do.
func (l *live) seen(err error) {
	defer func() { l.Say("remedy: %s", l.remedy(err)) }()
	if l.plane == nil {
		return
	}
	for _, ended := range l.plane.Ended() {
		l.Say("%s", ended)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the steps' own time may be up
	defer cancel()
	for _, args := range [][]string{
		{"get", "nodes"},
		{"get", "pods,deployments,statefulsets,jobs,poddisruptionbudgets,persistentvolumeclaims", "--namespace", namespace, "-o", "wide"},
		{"get", "events", "--namespace", namespace, "--sort-by=.metadata.creationTimestamp"},
	} {
		said, err := l.kubectl.Run(ctx, args...)
		if err != nil {
			l.Say("%v", err)
		}
		l.Say("%s", said.Out)
	}
}

func (l *live) remedy(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "it was interrupted: run it again"
	case l.plane != nil && len(l.plane.Ended()) > 0:
		return "a part of the control plane has ended, see its last lines above: most often the machine had no memory left"
	case errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "timed out"):
		return fmt.Sprintf("what stands above says what waits for what; where nothing stands in the way the machine is busy: make k8s-live ARGS='-patience %s'", 2*l.patience)
	case l.plane == nil:
		return "what the part printed stands above; tools/k8slive/programs builds one anew whose file is removed"
	}
	return "deploy/k8s does not do what the step's name says: change it there, or in tools/k8slive what is no longer meant"
}

func (l *live) stop() error {
	if l.census != nil {
		l.census.Stop()
	}
	if l.plane != nil {
		return l.plane.Stop()
	}
	return nil
}
