package census_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"countersign/tools/k8slive/internal/census"
)

const namespace = "here"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAPodThatComesBackAtOnceIsMissedForAMoment(t *testing.T) {
	client := fake.NewClientset(pod("a", true), pod("b", true))
	c, err := census.Start(t.Context(), client, namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	c.Mark()
	for _, ready := range []bool{false, true} {
		if _, err := client.CoreV1().Pods(namespace).Update(t.Context(), pod("b", ready), meta.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		await(t, c, map[bool]int{false: 1, true: 2}[ready])
	}
	if least := c.Least()["verify"]; least != 1 {
		t.Errorf("at least %d served", least)
	}
}

func TestAPodThatIsGoneCountsNoMore(t *testing.T) {
	client := fake.NewClientset(pod("a", true), pod("b", true))
	c, err := census.Start(t.Context(), client, namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if err := client.CoreV1().Pods(namespace).Delete(t.Context(), "a", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, c, 1)
}

func TestWaitingEndsWithItsTime(t *testing.T) {
	c, err := census.Start(t.Context(), fake.NewClientset(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Await(ended, func(map[string]*core.Pod) string { return "everything" }); err == nil {
		t.Error("nothing is missed")
	}
}

func TestAPodThatWasAskedToEndServesNoMore(t *testing.T) {
	p := pod("a", true)
	p.DeletionTimestamp = &meta.Time{}
	if census.IsServing(p) {
		t.Error("it does")
	}
}

func await(t *testing.T, c *census.Census, n int) {
	t.Helper()
	err := c.Await(t.Context(), func(pods map[string]*core.Pod) string {
		if census.Serving(pods)["verify"] != n {
			return "some"
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pod(name string, ready bool) *core.Pod {
	p := &core.Pod{ObjectMeta: meta.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{census.Component: "verify"}}}
	p.Status.Phase = core.PodRunning
	p.Status.Conditions = []core.PodCondition{{Type: core.PodReady, Status: core.ConditionFalse}}
	if ready {
		p.Status.Conditions[0].Status = core.ConditionTrue
	}
	return p
}

func TestStatesTellWhatAPodWaitsFor(t *testing.T) {
	waiting := pod("a", false)
	waiting.Status.Phase = core.PodPending
	waiting.Status.Conditions = []core.PodCondition{
		{Type: core.PodScheduled, Status: core.ConditionFalse, Reason: "Unschedulable", Message: "0/6 nodes are available: 6 node(s) were unschedulable."},
	}
	ending := pod("b", true)
	ending.Spec.NodeName, ending.DeletionTimestamp = "zone-a-1", &meta.Time{}
	for want, p := range map[string]*core.Pod{
		"a, on no node, Pending, not PodScheduled: Unschedulable 0/6 nodes are available: 6 node(s) were unschedulable.": waiting,
		"b, on zone-a-1, Running, asked to end": ending,
	} {
		if got := census.State(p); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
