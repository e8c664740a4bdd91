package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

const (
	maxBody = 64 << 10
	patient = 20 * time.Second // for the bus, verify and Keycloak together
)

// webhook answers 204 when what was told has had its effect. 5xx asks Keycloak to send it again; 4xx says that this is in vain.
func (a *Adapter) webhook(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r)
	if !ok {
		return
	}
	if !a.conf.Webhook.admits(r.Header, body) {
		http.Error(w, "not signed by Keycloak", http.StatusUnauthorized)
		return
	}
	e, err := readEvent(body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case e.realm != a.conf.Realm:
		http.Error(w, "this adapter is for another realm", http.StatusForbidden)
	default:
		a.answer(w, r, e)
	}
}

func (a *Adapter) answer(w http.ResponseWriter, r *http.Request, e event) {
	ctx, cancel := context.WithTimeout(r.Context(), patient)
	defer cancel()
	if err := a.take(ctx, e); err != nil {
		unavailable(w, "take login", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// A Question is an application's: may I open a session for this user of Keycloak?
type Question struct {
	User    string `json:"user"`    // sub of the ID token
	Session string `json:"session"` // sid of it
}

// A Standing is the answer. Passed is true for two minutes after the second factor: whoever asks then opens a session of its own.
type Standing struct {
	Passed bool `json:"passed"`
	guard.LoginStatus
}

func (a *Adapter) status(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r)
	if !ok {
		return
	}
	if !a.conf.Asking.bears(r.Header.Get("Authorization")) {
		http.Error(w, "not one of the applications", http.StatusUnauthorized)
		return
	}
	var q Question
	if err := json.Unmarshal(body, &q); err != nil || q.Session == "" || len(q.Session) > maxSession || events.CheckUser(q.User) != nil {
		http.Error(w, "user and session are required", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patient)
	defer cancel()
	l, err := a.stands(ctx, q.User, q.Session)
	if err != nil {
		unavailable(w, "ask where a login stands", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(Standing{Passed: l.Passed(a.conf.Now()), LoginStatus: l.LoginStatus})
}

func read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "more than 64 KiB, or broken off", http.StatusRequestEntityTooLarge)
	}
	return body, err == nil
}

func unavailable(w http.ResponseWriter, what string, err error) {
	slog.Warn(what, "error", err)
	w.Header().Set("Retry-After", "1")
	http.Error(w, "not now", http.StatusServiceUnavailable)
}

func refused(err error) bool {
	_, is := errors.AsType[*events.Rejection](err)
	return is
}
