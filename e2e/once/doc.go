// Package once holds recorded histories of attempts to one promise: a code is accepted at most once, whatever is raced, redelivered, re-sent,
// killed or stalled.
//
// A History is what senders saw: when each published an attempt, when it heard an answer, and which. It is checked by Porcupine against two
// registers, each of which must explain it in some order that keeps to real time:
//
//   - of all attempts with one code one is accepted, or none; whoever is told that the code is spent asked after, or while, somebody
//     spent it;
//   - an attempt that has been decided, under its ce-id, has the same answer for ever.
//
// The package's tests record such histories of three verify workers over one bus and one store, SQLite and a MongoDB-compatible server, while one
// of the workers is killed at a boundary between two steps, is held at one and wakes up late, or lives on a machine whose clock is
// wrong. The same is done to stores and workers that are broken on purpose: each must be found. Package e2e/processes records a history
// of processes.
//
// Every run has one seed that is fixed and one that is random and printed. COUNTERSIGN_ONCE_SEED=N runs that seed alone;
// COUNTERSIGN_ONCE_SEEDS=N runs N random ones:
//
//	COUNTERSIGN_ONCE_SEEDS=200 go test -race -timeout 4h ./e2e/once
package once
