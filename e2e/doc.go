// Package e2e drives the built binary from outside, as a platform in another language would.
//
// Most tests share one process, started by TestMain, on which acme and beta are platforms. Those that kill or stop it start their
// own. A platform here is a stranger: package stranger shares no code with the product. The Go client is tried against the
// same process in client_test.go, and example_test.go shows it. Waits that last for hours are shortened in lostdevice_test.go, where the four
// workers run in the test.
package e2e
