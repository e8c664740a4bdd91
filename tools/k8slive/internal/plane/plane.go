// Package plane starts a control plane of Kubernetes on the loopback: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and kwok in
// the place of kubelets. All of it is the real program but for the kubelets: nodes and pods are what the API server says they are, no container runs.
//
// Ports are free ones, files lie in the folder that is given, and nothing outlives Stop or the process that started it.
package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Config says where programs are and where a plane may write.
type Config struct {
	Programs string // a folder with kube-apiserver and the others
	Dir      string // an empty folder
	Stages   []byte // what kwok does with nodes and pods: YAML documents of the kind Stage
}

// A Plane is a control plane that runs.
type Plane struct {
	Kubeconfig string // path; an administrator's
	processes  []*process
}

// Start returns when every part says that it is ready. Where one does not, nothing is left running.
func Start(ctx context.Context, c Config) (*Plane, error) {
	ports, err := freePorts(6)
	if err != nil {
		return nil, err
	}
	a, err := newAccess(c.Dir, "https://"+loopback+":"+ports[2])
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "stages.yaml"), c.Stages, 0o600); err != nil {
		return nil, err
	}
	p := &Plane{Kubeconfig: a.kubeconfig}
	for _, s := range c.servers(a, ports) {
		if err := p.add(ctx, c.Dir, a, s); err != nil {
			return nil, errors.Join(err, p.Stop())
		}
	}
	return p, nil
}

func (p *Plane) add(ctx context.Context, dir string, a access, s server) error {
	program, err := exec.LookPath(s.program)
	if err != nil {
		return fmt.Errorf("find %s: %w", s.program, err)
	}
	started, err := start(dir, program, s.args...)
	if err != nil {
		return err
	}
	p.processes = append(p.processes, started)
	return started.ready(ctx, a.client(), s.ready)
}

// Stop ends the parts, the last one first, and returns when all have ended.
func (p *Plane) Stop() error {
	var errs []error
	for _, process := range slices.Backward(p.processes) {
		errs = append(errs, process.stop())
	}
	return errors.Join(errs...)
}

// Ended names the parts that have ended by themselves, with the last lines that each printed.
func (p *Plane) Ended() (all []string) {
	for _, process := range p.processes {
		select {
		case <-process.ended:
			all = append(all, fmt.Sprintf("%s has ended: %v\n%s", process.name, process.err, process.tail()))
		default:
		}
	}
	return all
}
