package manifests

import (
	"encoding/json"
	"fmt"
	"slices"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Template is what makes pods, under its name.
type Template struct {
	Name string
	Pod  core.PodTemplateSpec
}

// Objects are the parts of an overlay that the checks look at.
type Objects struct {
	Served  []Template // of Deployments and StatefulSets
	Once    []Template // of Jobs
	Budgets []policy.PodDisruptionBudget
	Config  []string // names of ConfigMaps
	Secrets []string // names of Secrets that an ExternalSecret brings
}

// Read sorts a list, as `kubectl -o json` prints it.
func Read(list []byte) (o Objects, err error) {
	var all unstructured.UnstructuredList
	if err := json.Unmarshal(list, &all); err != nil {
		return o, fmt.Errorf("read list of objects: %w", err)
	}
	for _, item := range all.Items {
		if err := o.add(item); err != nil {
			return o, fmt.Errorf("read %s %s: %w", item.GetKind(), item.GetName(), err)
		}
	}
	return o, nil
}

func (o *Objects) add(item unstructured.Unstructured) (err error) {
	switch item.GetKind() {
	case "Deployment":
		d, failed := as[apps.Deployment](item)
		o.Served, err = append(o.Served, Template{d.Name, d.Spec.Template}), failed
	case "StatefulSet":
		s, failed := as[apps.StatefulSet](item)
		o.Served, err = append(o.Served, Template{s.Name, claimed(s)}), failed
	case "Job":
		j, failed := as[batch.Job](item)
		o.Once, err = append(o.Once, Template{j.Name, j.Spec.Template}), failed
	case "PodDisruptionBudget":
		b, failed := as[policy.PodDisruptionBudget](item)
		o.Budgets, err = append(o.Budgets, b), failed
	case "ConfigMap":
		o.Config = append(o.Config, item.GetName())
	case "ExternalSecret":
		name, _, failed := unstructured.NestedString(item.Object, "spec", "target", "name")
		o.Secrets, err = append(o.Secrets, name), failed
	}
	return err
}

// claimed is the first pod that a StatefulSet makes: its controller adds the disks.
func claimed(s apps.StatefulSet) core.PodTemplateSpec {
	pod := s.Spec.Template
	for _, c := range s.Spec.VolumeClaimTemplates {
		claim := &core.PersistentVolumeClaimVolumeSource{ClaimName: c.Name + "-" + s.Name + "-0"}
		pod.Spec.Volumes = append(pod.Spec.Volumes, core.Volume{Name: c.Name, VolumeSource: core.VolumeSource{PersistentVolumeClaim: claim}})
	}
	return pod
}

func as[T any](item unstructured.Unstructured) (object T, err error) {
	err = runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &object)
	return object, err
}

// Templates are all that make pods.
func (o Objects) Templates() []Template { return slices.Concat(o.Served, o.Once) }

// Unguarded says which pods a drain would take all at once, because no budget matches them, or not at all, because two do: the API server
// refuses neither when it is applied.
func (o Objects) Unguarded() (faults []string, err error) {
	for _, t := range o.Served {
		n := 0
		for _, b := range o.Budgets {
			selector, err := meta.LabelSelectorAsSelector(b.Spec.Selector)
			if err != nil {
				return nil, fmt.Errorf("read selector of budget %s: %w", b.Name, err)
			}
			if selector.Matches(labels.Set(t.Pod.Labels)) {
				n++
			}
		}
		switch {
		case n == 0:
			faults = append(faults, "no budget matches the pods of "+t.Name+": a drain may take all of them at once")
		case n > 1:
			faults = append(faults, fmt.Sprintf("%d budgets match the pods of %s: a drain takes none of them", n, t.Name))
		}
	}
	return faults, nil
}

// Missing names the ConfigMaps and Secrets that pods want and nobody brings.
func (o Objects) Missing() (all []string) {
	for _, t := range o.Templates() {
		for _, w := range wanted(t.Pod.Spec) {
			there := o.Config
			if w.kind == "Secret" {
				there = o.Secrets
			}
			if !slices.Contains(there, w.name) {
				all = append(all, fmt.Sprintf("%s %s, which %s wants", w.kind, w.name, t.Name))
			}
		}
	}
	return all
}

type reference struct{ kind, name string }

// wanted are the ConfigMaps and Secrets without which a kubelet would not start a pod.
func wanted(p core.PodSpec) (all []reference) {
	want := func(kind, name string, optional *bool) {
		if optional == nil || !*optional {
			all = append(all, reference{kind, name})
		}
	}
	for _, v := range p.Volumes {
		if v.ConfigMap != nil {
			want("ConfigMap", v.ConfigMap.Name, v.ConfigMap.Optional)
		}
		if v.Secret != nil {
			want("Secret", v.Secret.SecretName, v.Secret.Optional)
		}
	}
	for _, c := range p.Containers {
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef != nil {
				want("ConfigMap", from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				want("Secret", e.ValueFrom.SecretKeyRef.Name, e.ValueFrom.SecretKeyRef.Optional)
			}
		}
	}
	return all
}
