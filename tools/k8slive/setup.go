package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"countersign/tools/k8slive/internal/census"
	"countersign/tools/k8slive/internal/kubectl"
	"countersign/tools/k8slive/internal/plane"
	"countersign/tools/k8slive/internal/sources"
)

func (l *live) start(ctx context.Context) (string, error) {
	stages, err := sources.Stages(ctx, filepath.Join(l.root, "tools/k8slive"))
	if err != nil {
		return "", err
	}
	if l.plane, err = plane.Start(ctx, plane.Config{Programs: l.programs, Dir: l.dir, Stages: stages}); err != nil {
		return "", err
	}
	l.kubectl = kubectl.Kubectl{Program: filepath.Join(l.programs, "kubectl"), Kubeconfig: l.plane.Kubeconfig, Home: l.dir}
	conf, err := clientcmd.BuildConfigFromFlags("", l.plane.Kubeconfig)
	if err != nil {
		return "", err
	}
	if l.client, err = kubernetes.NewForConfig(conf); err != nil {
		return "", err
	}
	if l.census, err = census.Start(ctx, l.client, namespace); err != nil {
		return "", err
	}
	version, err := l.client.Discovery().ServerVersion()
	if err != nil {
		return "", err
	}
	return "kube-apiserver " + version.GitVersion + " answers; controllers, scheduler and kwok are ready", nil
}

// Two nodes and two disks in each zone: a drain of one leaves its zone another.
const machines = `apiVersion: v1
kind: Node
metadata:
  name: NODE
  labels: {kubernetes.io/hostname: NODE, kubernetes.io/os: linux, topology.kubernetes.io/zone: ZONE}
  annotations: {kwok.x-k8s.io/node: fake}
status:
  allocatable: {cpu: "4", memory: 16Gi, pods: "110"}
  capacity: {cpu: "4", memory: 16Gi, pods: "110"}
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: NODE
spec:
  capacity: {storage: 20Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: disks
  hostPath: {path: /disk}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions:
        - {key: topology.kubernetes.io/zone, operator: In, values: [ZONE]}
---
`

// Disks of a zone, bound when a pod has its place: so do the disks of clouds.
const disks = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: disks
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
`

func (l *live) addNodes(ctx context.Context) (string, error) {
	var all strings.Builder
	l.zones = map[string]string{}
	for _, zone := range []string{"zone-a", "zone-b", "zone-c"} {
		for _, n := range []string{"1", "2"} {
			all.WriteString(strings.NewReplacer("ZONE", zone, "NODE", zone+"-"+n).Replace(machines))
			l.zones[zone+"-"+n] = zone
		}
	}
	if _, err := l.kubectl.Feed(ctx, all.String()+disks, "create", "-f", "-"); err != nil {
		return "", err
	}
	_, err := l.kubectl.Run(ctx, "wait", "--for=condition=Ready", "nodes", "--all", l.timeout())
	return fmt.Sprintf("%d nodes are ready", len(l.zones)), err
}

func (l *live) define(ctx context.Context) (string, error) {
	args := []string{"apply", "--server-side"}
	for _, d := range sources.Definitions {
		file, err := d.File(ctx)
		if err != nil {
			return "", err
		}
		args = append(args, "-f", file)
	}
	if _, err := l.kubectl.Run(ctx, args...); err != nil {
		return "", err
	}
	_, err := l.kubectl.Run(ctx, "wait", "--for=condition=Established", "customresourcedefinitions", "--all", l.timeout())
	return fmt.Sprintf("%d kinds are established", len(sources.Definitions)), err
}

func (l *live) authority() ([]byte, error) { return os.ReadFile(filepath.Join(l.dir, "tls.crt")) }
