// Package decider turns a message on the bus into a decision in a stream and the decision into events on the bus.
//
// The order is always the same: load the stream's head, gather evidence, decide, append one commit, publish its events and wait for the
// bus to confirm them, and only then acknowledge. What it promises:
//
//   - A cause has one effect, at any distance in time: a message seen before is answered again with the same events, same ids. The same
//     id with other content is answered with request.rejected, code invalid.
//   - A decision that read state is a commit, also a refusal. What needs no state is answered without one, with ids that follow from
//     the cause.
//   - Nothing acknowledged is lost: a commit that was not published is published by whoever loads it next, or by the Sweeper.
//   - now is the bus's time of the message and never before the stream's last commit; no worker's clock decides.
//   - A decision follows from a state, an input, a policy and now: who observes Take can have it taken again.
package decider
