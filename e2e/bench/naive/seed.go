package naive

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
)

func open(ctx context.Context, at place.Spec) (store, error) {
	if at.Kind == place.MongoDB {
		return openMongoDB(ctx, at)
	}
	return openSQLite(ctx, at)
}

// A seedable store takes many events at once.
type seedable interface {
	store
	appendAll(ctx context.Context, all []event) error
}

func seed(ctx context.Context, at place.Spec, users []crowd.User) error {
	s, err := open(ctx, at)
	if err != nil {
		return err
	}
	var all []event
	for _, u := range users {
		two, err := history(u)
		if err != nil {
			return errors.Join(err, s.close())
		}
		all = append(all, two...)
	}
	return errors.Join(s.(seedable).appendAll(ctx, all), s.close())
}

// history is that of a user with an app and a challenge.
func history(u crowd.User) ([]event, error) {
	secret, err := hide(base32.StdEncoding.EncodeToString(u.Seed))
	if err != nil {
		return nil, err
	}
	first, err := json.Marshal(enrolled{User: u.ID, Secret: secret})
	if err != nil {
		return nil, err
	}
	second, err := json.Marshal(challenged{ChallengeID: u.Challenge, LoginID: u.Login, ExpiresAt: time.Now().Add(time.Hour)})
	return []event{{u.Key, 1, "enrolled", first}, {u.Key, 2, "challenged", second}}, err
}

// check holds every user to one acceptance.
func check(ctx context.Context, at place.Spec, users []crowd.User) error {
	s, err := open(ctx, at)
	if err != nil {
		return err
	}
	for _, u := range users {
		history, err := s.load(ctx, u.Key)
		if err == nil && (len(history) != 3 || history[2].Type != "accepted") {
			err = fmt.Errorf("%s has %d events", u.ID, len(history))
		}
		if err != nil {
			return errors.Join(err, s.close())
		}
	}
	return s.close()
}
