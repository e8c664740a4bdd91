// Package processes drives the product as operators deploy it: the four workers as processes of their own, a nats-server apart with
// TLS and permissions, a MongoDB-compatible server. Its tests build the binaries, write the server's configuration by
// `countersign nats-config`, make its streams by `countersign streams apply`, and then are platforms, in Go and in Node.
//
// They need COUNTERSIGN_TEST_MONGODB_URI. All tests but those that say so share one site, and go on while a worker of it is killed.
package processes
