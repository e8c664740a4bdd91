package notifier

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/runtime"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/fake"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestProvidersAreShown(t *testing.T) {
	all := chains{
		notification.Email: {newProvider(fake.New(fake.Options{Name: "smtp"}), 0)}, notification.SMS: pair(),
	}
	m := newMetrics(all)
	fails(all[notification.SMS][1], 5, time.Now())
	m.count(notification.SMS, all[notification.SMS][1], channel.Later(channel.ProviderDown, errors.New("down")))
	m.count(notification.Email, all[notification.Email][0], nil)
	m.over("")
	m.over(budget.User)
	m.over(budget.User)
	m.pauses.Inc()
	const want = `
# HELP countersign_notifier_over_budget_total Messages that were not sent, by the budget that was used up; pause: the prefix was paused.
# TYPE countersign_notifier_over_budget_total counter
countersign_notifier_over_budget_total{budget="contact"} 0
countersign_notifier_over_budget_total{budget="country"} 0
countersign_notifier_over_budget_total{budget="notice"} 0
countersign_notifier_over_budget_total{budget="pause"} 0
countersign_notifier_over_budget_total{budget="platform"} 0
countersign_notifier_over_budget_total{budget="prefix"} 0
countersign_notifier_over_budget_total{budget="user"} 2
# HELP countersign_notifier_prefix_pauses_total Pauses of prefixes whose codes were hardly ever entered.
# TYPE countersign_notifier_prefix_pauses_total counter
countersign_notifier_prefix_pauses_total 1
# HELP countersign_notifier_provider_open 1 while the provider is taken to be down and asked once in a while only.
# TYPE countersign_notifier_provider_open gauge
countersign_notifier_provider_open{channel="email",provider="smtp"} 0
countersign_notifier_provider_open{channel="sms",provider="one"} 0
countersign_notifier_provider_open{channel="sms",provider="two"} 1
`
	err := testutil.CollectAndCompare(m, strings.NewReader(want),
		"countersign_notifier_over_budget_total", "countersign_notifier_prefix_pauses_total", "countersign_notifier_provider_open")
	if err != nil {
		t.Error(err)
	}
	for labels, want := range map[[3]string]float64{
		{"email", "smtp", "taken"}: 1, {"sms", "two", "provider_down"}: 1, {"sms", "one", "taken"}: 0, {"email", "smtp", "bad_address"}: 0,
	} {
		if got := testutil.ToFloat64(m.tries.WithLabelValues(labels[:]...)); got != want {
			t.Errorf("%v tries of %v, want %v", got, labels, want)
		}
	}
	if n := testutil.CollectAndCount(m, "countersign_notifier_tries_total"); n != 3*7 {
		t.Errorf("%d series of tries from the beginning, want every outcome of every provider", n)
	}
	m.took(notification.SMS, all[notification.SMS][0], 2*time.Second)
	if n := testutil.CollectAndCount(m, "countersign_notifier_try_seconds"); n != 3 {
		t.Errorf("%d series of durations", n)
	}
}

func TestItIsReadyWhileAnyProviderCanBeAsked(t *testing.T) {
	all := chains{notification.Email: {newProvider(fake.New(fake.Options{Name: "smtp"}), 0)}, notification.SMS: pair()}
	now := time.Now()
	for _, s := range []struct {
		fails *provider
		want  error
	}{
		{nil, nil},
		{all[notification.SMS][0], runtime.Degraded("down: sms by one")},
		{all[notification.Email][0], runtime.Degraded("down: email by smtp, sms by one")},
	} {
		if s.fails != nil {
			fails(s.fails, 5, now)
		}
		if err := all.check(t.Context()); err != s.want {
			t.Errorf("got %v, want %v", err, s.want)
		}
	}
	fails(all[notification.SMS][1], 5, now)
	if err := all.check(t.Context()); err == nil || err.Error() != "every provider is down: email by smtp, sms by one, sms by two" {
		t.Errorf("got %v, want an error that names them all", err)
	}
	all[notification.SMS][1].note(nil, now)
	if err := all.check(t.Context()); err != runtime.Degraded("down: email by smtp, sms by one") {
		t.Errorf("one is back: %v", err)
	}
	if err := (chains{}).check(t.Context()); err != nil {
		t.Errorf("nothing is sent at all: %v", err)
	}
}
