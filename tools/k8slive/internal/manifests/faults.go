package manifests

// A Fault is one that an overlay can have and the API server sees.
type Fault struct {
	Name    string
	Patches string // of a kustomization
	Message string // a part of what the API server says
}

func fault(name, kind, object, patch, message string) Fault {
	return Fault{name, "- target: {kind: " + kind + ", name: " + object + "}\n  patch: '" + patch + "'\n", message}
}

const container = "/spec/template/spec/containers/0"

// Refused are the faults that the API server refuses as soon as the overlay is applied.
var Refused = []Fault{
	fault("a field that a container does not have", "Deployment", "countersign-verify",
		`[{"op": "add", "path": "`+container+`/livenesProbe", "value": {}}]`, "livenesProbe"),
	fault("a number where a word belongs", "Deployment", "countersign-verify",
		`[{"op": "replace", "path": "/spec/template/spec/serviceAccountName", "value": 7}]`, "serviceAccountName"),
	fault("labels that the selector does not match", "Deployment", "countersign-enroll",
		`[{"op": "replace", "path": "/spec/template/metadata/labels/app.kubernetes.io~1component", "value": "verify"}]`, "selector"),
	fault("a volume that is mounted and not there", "Deployment", "countersign-recovery",
		`[{"op": "replace", "path": "`+container+`/volumeMounts/0/name", "value": "polices"}]`, "volumeMounts[0].name"),
	fault("a budget with two bounds", "PodDisruptionBudget", "countersign-verify",
		`[{"op": "add", "path": "/spec/minAvailable", "value": 1}]`, "cannot be both set"),
	fault("a path of the ingress without its type", "Ingress", "countersign",
		`[{"op": "remove", "path": "/spec/rules/0/http/paths/0/pathType"}]`, "pathType"),
	fault("a trigger of KEDA without its type", "ScaledObject", "countersign-verify",
		`[{"op": "remove", "path": "/spec/triggers/0/type"}]`, "type"),
	fault("a secret from nowhere", "ExternalSecret", "countersign-verify",
		`[{"op": "remove", "path": "/spec/data/0/remoteRef"}]`, "remoteRef"),
	fault("a monitor that selects nothing", "PodMonitor", "countersign",
		`[{"op": "remove", "path": "/spec/selector"}]`, "selector"),
}

// Privileged is a fault that the API server only warns of in a Deployment: it refuses the pods.
var Privileged = fault("a privileged container", "Deployment", "countersign-verify",
	`[{"op": "add", "path": "`+container+`/securityContext/privileged", "value": true}, {"op": "replace", "path": "`+container+`/securityContext/allowPrivilegeEscalation", "value": true}]`,
	"violates PodSecurity")

// Unmatched is a fault that the API server does not see: a budget whose selector matches no pod.
var Unmatched = fault("a budget that matches no pod", "PodDisruptionBudget", "countersign-verify",
	`[{"op": "replace", "path": "/spec/selector/matchLabels/app.kubernetes.io~1component", "value": "verifier"}]`, "no budget")
