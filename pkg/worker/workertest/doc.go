// Package workertest runs workers for one test as production runs them: a nats-server with the permissions of each worker and platform,
// streams and durables ensured, a store on disk, keyrings under keepers with random keys, policies, and any number of replicas.
//
// What a test may do to them is what happens to them: a replica is drained or killed, the bus restarts, the store or the keys fail at a
// call, this machine's clock is ahead. A Platform talks to them as a real one does, by published events and RPCs; it asks everything
// twice and fails the test unless both answers are the same. A witness sees everything on the bus.
//
// At its end every test holds each stream to its events and takes each decision again that a worker took: what it finds fails the test.
//
// Nothing waits for a time to pass: what is awaited is an event, or what the bus says of its durables.
package workertest
