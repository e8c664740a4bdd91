package dev

import (
	"fmt"
	"io"
)

// greet tells a person where everything is and what to try.
func greet(out io.Writer, bus, page string, f *Folder) {
	_, _ = fmt.Fprintf(out, `
  Countersign is ready. Open this first, it is a tour of one minute:

    demo    %[2]s/   a platform with sign-in, security settings and a support desk
    inbox   %[2]s/inbox   every mail and text lands here
    bus     %[1]s   NATS with JetStream; without credentials you are the platform "acme"
    data    %[3]s   survives a restart; start with --fresh to forget it
    policy  %[4]s   change it, and it counts at once
    metrics %[2]s/metrics   of all four workers

  On the bus by hand, with the nats command line in two more terminals. Listen:

    nats sub 'mfa.acme.out.>'

  and say that a user has passed the password:

    nats pub -J --inbox-prefix _INBOX.acme mfa.acme.in.login.started '{"specversion":"1.0","id":"1","source":"/try",
      "type":"countersign.login.started.v1","data":{"user":"u-1","login_id":"login-1"}}'

  The answer is challenge.waived: u-1 has no second factor yet. docs/integrate.md goes on from here.
  Stop with Ctrl-C.

`, bus, page, f.path, f.Path("policy.yaml"))
}
