package main

import (
	"testing"

	"countersign/pkg/worker/runtime"
)

// enough is all that must be set.
var enough = []string{
	"COUNTERSIGN_NATS_URL=tls://bus:4222", "COUNTERSIGN_NATS_USER=_recovery", "COUNTERSIGN_NATS_PASSWORD=secret",
	"COUNTERSIGN_MONGODB_URI=mongodb://db", "COUNTERSIGN_KEYRING_MONGODB_URI=mongodb://keys",
	"COUNTERSIGN_KEEPER_DELIVERY_URL=base64key://", "COUNTERSIGN_POLICY_FILE=policy.yaml",
	"COUNTERSIGN_DEAD_LETTER_KEY=CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}

func TestWhatMustBeSetIsEnough(t *testing.T) {
	conf, err := runtime.Load[settings](enough)
	if err != nil {
		t.Fatal(err)
	}
	if conf.Listen != ":8080" || conf.Captcha.Provider != "altcha" || conf.Captcha.MinScore != 0.5 {
		t.Errorf("got %+v", conf)
	}
}
