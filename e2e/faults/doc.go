// Package faults has the workers go through what breaks in production, as processes of their own over a real nats-server and a real store, and
// then keeps the books: of every event that the bus took from a platform one answer came, and no second one; no code was accepted twice, or that was
// wrong; nobody was waived who has a factor; what every commit holds has reached the bus; every stream is what its events say; every durable consumer is there.
//
// A Book is what a platform sent and heard. The package's tests are the rest: programs that are killed by kill -9 at a step between two steps
// (countersign/pkg/worker/failpoint) and at any moment, lines to the bus and to the store that are cut, held and slow, a crowd of users meanwhile.
//
// make test runs a few faults once; make faults all of them, several times, and prints what became of each:
//
//	COUNTERSIGN_FAULTS_TIMES=3 go test -count=1 -timeout 70m -run TestNothingIsLostRepeatedOrOpened ./e2e/faults
//
// COUNTERSIGN_FAULTS_ONLY is a regular expression that names some of them. One needs root on Linux: it mounts a small disk. Those of the last release
// need the whole history: they build it. Those of a store's own process need a FerretDB that scripts/mongodb can start, or install.
// They need COUNTERSIGN_TEST_MONGODB_URI.
package faults
