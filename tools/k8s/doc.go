// Package k8s holds what deploy/k8s says to what Kubernetes takes: every overlay is built by Kustomize itself, read strictly by the types of
// client-go, and held by kubeconform to the schemas of the versions that the tests name. Dockerfiles are carried out as far as that
// goes without a container engine, and the environment of every deployment is held to what its worker reads.
package k8s
