package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/pkg/events"
	"countersign/pkg/worker/trace"
)

const (
	answerTime     = 5 * time.Second
	answersAtOnce  = 64
	waitingMost    = 1024
	waitingBytes   = 8 << 20
	serviceVersion = "1.0.0" // of the contract
)

// ResponderConfig says what a worker answers.
type ResponderConfig struct {
	Conn      *Conn
	Worker    string // who answers; the queue group
	Endpoints []Endpoint
	RPCs      []events.RPC // the contract's rows, which say who may ask what; an endpoint without its row is an error
	Logger    *slog.Logger
	Metrics   prometheus.Registerer // nil: none
	Tracer    *trace.Tracer         // nil: nothing is traced
	Timeout   time.Duration         // of one answer; default 5 s
}

// A Responder answers RPCs, up to 64 at once. A request is answered only at the inbox prefix of who may ask it (the platform in its
// subject, a worker that the contract's row names): a reply subject is the asker's choice, and the server does not check it.
type Responder struct {
	conf    ResponderConfig
	service micro.Service
	metrics *answerMetrics
	room    chan struct{}
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

// Respond begins to answer.
func Respond(c ResponderConfig) (*Responder, error) {
	c.Timeout = orDefault(c.Timeout, answerTime)
	m, err := newAnswerMetrics(c.Metrics, c.Worker)
	if err != nil {
		return nil, fmt.Errorf("answer RPCs: register metrics: %w", err)
	}
	r := &Responder{conf: c, metrics: m, room: make(chan struct{}, answersAtOnce)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.service, err = micro.AddService(c.Conn.Conn, micro.Config{
		Name: serviceName(c.Worker), Version: serviceVersion, QueueGroup: c.Worker,
		Description: "answers questions of platforms and workers",
	})
	if err != nil {
		return nil, fmt.Errorf("answer RPCs: %w", err)
	}
	for _, e := range c.Endpoints {
		if err := r.add(e); err != nil {
			return nil, errors.Join(fmt.Errorf("answer %s.%s: %w", e.Entity, e.Verb, err), r.service.Stop())
		}
	}
	return r, nil
}

func serviceName(worker string) string { return "countersign-" + worker }

func (r *Responder) add(e Endpoint) error {
	row, ok := rowOf(r.conf.RPCs, r.conf.Worker, e)
	if !ok {
		return errors.New("the contract has no such question of this worker")
	}
	r.metrics.begin(e)
	return r.service.AddEndpoint(e.Entity+"-"+e.Verb, micro.HandlerFunc(func(req micro.Request) { r.take(e, row, req) }),
		micro.WithEndpointSubject(events.RPCSubject("*", e.Entity, e.Verb)),
		micro.WithEndpointQueueGroup(r.conf.Worker),
		micro.WithEndpointPendingLimits(waitingMost, waitingBytes))
}

// take runs in the subscription's goroutine: when there is no room it waits, and what comes then waits in the client.
func (r *Responder) take(e Endpoint, row events.RPC, req micro.Request) {
	if !mayAnswer(row, req.Subject(), req.Reply()) {
		r.metrics.count(e, "refused")
		r.conf.Logger.Warn("request whose reply subject is no inbox of who may ask", "subject", req.Subject())
		return
	}
	r.room <- struct{}{}
	r.running.Go(func() {
		defer func() { <-r.room }()
		r.serve(e, req)
	})
}

func (r *Responder) serve(e Endpoint, req micro.Request) {
	start := time.Now()
	ctx, span := r.conf.Tracer.Begin(r.ctx, trace.Answer, e.name(), trace.From{Parent: trace.In(req.Headers())})
	answer, err := r.ask(ctx, e, req)
	outcome := "answered"
	if err != nil {
		outcome = r.refuse(ctx, e, req, err)
	} else if err := r.answer(req, answer); err != nil {
		r.conf.Logger.ErrorContext(ctx, "send answer", "rpc", e.name(), "error", err)
		outcome = Unavailable
	}
	answered(span, req, outcome)
	r.metrics.count(e, outcome)
	r.metrics.time(e, time.Since(start))
}

func (r *Responder) answer(req micro.Request, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return r.reply(req, nil, body)
}

// reply publishes by itself: micro's ways to answer write into the request, and micro reads that as soon as take has returned.
func (r *Responder) reply(req micro.Request, header nats.Header, body []byte) error {
	return r.conf.Conn.PublishMsg(&nats.Msg{Subject: req.Reply(), Header: header, Data: body})
}

func (r *Responder) ask(ctx context.Context, e Endpoint, req micro.Request) (answer any, err error) {
	if len(req.Data()) > events.MaxMessage {
		return nil, &events.Rejection{Code: events.TooLarge, Message: fmt.Sprintf("the request has more than %d bytes", events.MaxMessage)}
	}
	ctx, cancel := context.WithTimeout(ctx, r.conf.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("answer panicked: %T", v)
		}
	}()
	return e.Answer(ctx, platformOf(req.Subject()), req.Data())
}

func (e Endpoint) name() string { return e.Entity + "." + e.Verb }

// Drain takes no more requests and waits for the answers under way, or until ctx ends, which cancels them.
func (r *Responder) Drain(ctx context.Context) error {
	err := r.service.Stop()
	done := make(chan struct{})
	go func() { r.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("drain answers: %w", ctx.Err()))
	}
	r.cancel()
	return err
}
