package sending

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/place"
	"countersign/e2e/bench/report"
	"countersign/e2e/bench/rig"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/services/notifier"
)

// A measurement is one store's.
type measurement struct {
	conf   Config
	at     place.Spec
	dir    string
	far    *far
	bus    *rig.Bus
	worker *rig.Process
	people []person
	due    []time.Time // when each one's code was to be wanted
}

// prepare has everybody logged in, and nobody's code wanted yet.
func (m *measurement) prepare(ctx context.Context) (err error) {
	if m.far, err = openFar(m.dir, m.conf.Own); err != nil {
		return err
	}
	if m.bus, err = rig.Start(ctx, filepath.Join(m.dir, "nats")); err != nil {
		return err
	}
	m.people = people(int(m.conf.Rate * (m.conf.Warm + m.conf.For).Seconds()))
	if err := seed(ctx, m.at, m.people); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	consumers, err := bus.Consumers(catalog.New(), notifierName, notifier.Hears(), bus.Scale{})
	if err != nil {
		return err
	}
	if err := m.bus.Ensure(ctx, consumers); err != nil {
		return err
	}
	text, err := json.Marshal(ground{Bus: m.bus.URL(), At: m.at, Ports: m.far.ports})
	if err != nil {
		return err
	}
	m.worker, err = rig.Launch(ctx, nil, []string{envGround + "=" + string(text), "SSL_CERT_FILE=" + m.far.file})
	return err
}

const notifierName = "notifier"

// measure publishes, waits until all is taken and told, and says what it came to.
func (m *measurement) measure(ctx context.Context) (f Figure, err error) {
	load := report.LoadAverage()
	before, err := m.worker.Usage(m.profiles())
	if err != nil {
		return f, err
	}
	mine, err := rig.Used()
	if err != nil {
		return f, err
	}
	if err := m.publish(ctx); err != nil {
		return f, err
	}
	if err := m.bus.Await(ctx, uint64(2*len(m.people))); err != nil { // what is wanted and what is told
		return f, err
	}
	after, err := m.worker.Usage("")
	if err != nil {
		return f, err
	}
	now, err := rig.Used()
	if err != nil {
		return f, err
	}
	thousands := float64(len(m.people)) / 1000
	f = Figure{
		Store: m.at.Kind, Wanted: m.conf.Rate, Own: milliseconds(m.conf.Own), LoadBefore: load, LoadAfter: report.LoadAverage(),
		CPU: (after.CPU - before.CPU).Seconds() / thousands, OthersCPU: (now.CPU - mine.CPU).Seconds() / thousands,
		Allocs: float64(after.Allocs-before.Allocs) / float64(len(m.people)), Memory: float64(after.Memory) / (1 << 20),
	}
	if err := m.worker.Stop(); err != nil {
		return f, err
	}
	return f, m.tell(ctx, &f)
}

func (m *measurement) profiles() string {
	if m.conf.Profiles == "" {
		return ""
	}
	return filepath.Join(m.conf.Profiles, m.at.Kind+"-notifier")
}

// publish wants codes at fixed times, whatever becomes of them.
func (m *measurement) publish(ctx context.Context) error {
	start := time.Now()
	for i, p := range m.people {
		due := start.Add(time.Duration(float64(i) / m.conf.Rate * float64(time.Second)))
		m.due = append(m.due, due)
		if wait := time.Until(due); wait > 0 {
			<-time.After(wait)
		}
		wanted, err := p.wanted(time.Now())
		if err != nil {
			return err
		}
		if _, err := m.bus.JS.PublishMsgAsync(wanted, jetstream.WithStallWait(time.Minute)); err != nil {
			return fmt.Errorf("publish %s: %w", wanted.Subject, err)
		}
	}
	return ctx.Err()
}

func (m *measurement) close() error {
	err := m.worker.Stop()
	if m.bus != nil {
		m.bus.Stop()
	}
	if m.far != nil {
		err = errors.Join(err, m.far.close())
	}
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
