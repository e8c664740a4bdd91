// Package census watches the pods of a namespace and counts, at every single change, how many of each component serve: none that came
// and went between two looks is missed. It also lets a caller wait for what the cluster becomes, without asking again and again.
package census

import (
	"context"
	"fmt"
	"strings"
	"sync"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Component is the label that tells the workers apart; a pod without it counts under its name label.
const (
	Component = "app.kubernetes.io/component"
	Name      = "app.kubernetes.io/name"
)

// A Census counts until it is stopped.
type Census struct {
	mu      sync.Mutex
	pods    map[string]*core.Pod
	least   map[string]int
	changed chan struct{} // closed at the next change
	stop    func()
}

// Start watches a namespace, which need not be there yet, and returns when it knows what is there. ctx bounds this alone.
func Start(ctx context.Context, client kubernetes.Interface, namespace string) (*Census, error) {
	c := &Census{pods: map[string]*core.Pod{}, least: map[string]int{}, changed: make(chan struct{})}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	registered, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { c.saw(o, false) },
		UpdateFunc: func(_, o any) { c.saw(o, false) },
		DeleteFunc: func(o any) { c.saw(o, true) },
	})
	if err != nil {
		return nil, fmt.Errorf("watch pods: %w", err)
	}
	watching, stop := context.WithCancel(context.Background())
	c.stop = func() { stop(); factory.Shutdown() }
	factory.Start(watching.Done())
	if !cache.WaitForCacheSync(ctx.Done(), registered.HasSynced) {
		c.Stop()
		return nil, fmt.Errorf("watch pods: %w before they were listed", ctx.Err())
	}
	return c, nil
}

// Stop ends the watch, and returns when nothing of it runs.
func (c *Census) Stop() { c.stop() }

func (c *Census) saw(object any, gone bool) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	pod, ok := object.(*core.Pod)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pods[pod.Name] = pod; gone {
		delete(c.pods, pod.Name)
	}
	serving := Serving(c.pods)
	for group := range c.least {
		c.least[group] = min(c.least[group], serving[group])
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Group is what a pod counts as.
func Group(pod *core.Pod) string {
	if component, ok := pod.Labels[Component]; ok {
		return component
	}
	return pod.Labels[Name]
}

// Serving counts, for each group, the pods that are ready and were not asked to end.
func Serving(pods map[string]*core.Pod) map[string]int {
	n := map[string]int{}
	for _, pod := range pods {
		if IsServing(pod) {
			n[Group(pod)]++
		}
	}
	return n
}

// IsServing says whether a pod is ready and was not asked to end.
func IsServing(pod *core.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == core.PodReady && c.Status == core.ConditionTrue {
			return pod.DeletionTimestamp == nil && pod.Status.Phase == core.PodRunning
		}
	}
	return false
}

// State tells where a pod is and what it waits for, in one line.
func State(pod *core.Pod) string {
	where := "on no node"
	if pod.Spec.NodeName != "" {
		where = "on " + pod.Spec.NodeName
	}
	all := []string{pod.Name, where, string(pod.Status.Phase)}
	if pod.DeletionTimestamp != nil {
		all = append(all, "asked to end")
	}
	for _, c := range pod.Status.Conditions {
		if c.Status != core.ConditionTrue {
			all = append(all, strings.TrimRight(fmt.Sprintf("not %s: %s %s", c.Type, c.Reason, c.Message), ": "))
		}
	}
	return strings.Join(all, ", ")
}

// Mark forgets the least counts that were seen, and begins anew from what serves now.
func (c *Census) Mark() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.least = Serving(c.pods)
}

// Least is, for each group that served at the last Mark, the fewest that served at any one moment since.
func (c *Census) Least() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	least := map[string]int{}
	for group, n := range c.least {
		least[group] = n
	}
	return least
}

// Pods are the pods of now, by name. They are shared: nobody may change them.
func (c *Census) Pods() map[string]*core.Pod {
	pods, _ := c.look()
	return pods
}

func (c *Census) look() (map[string]*core.Pod, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pods := map[string]*core.Pod{}
	for name, pod := range c.pods {
		pods[name] = pod
	}
	return pods, c.changed
}

// Await returns when ok is content with the pods. ok says what is still missing, or nothing.
func (c *Census) Await(ctx context.Context, ok func(map[string]*core.Pod) string) error {
	for {
		pods, changed := c.look()
		missing := ok(pods)
		if missing == "" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("await pods: %s: %w", missing, ctx.Err())
		}
	}
}
