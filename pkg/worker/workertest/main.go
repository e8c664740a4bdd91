package workertest

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests, eight beside each other unless -parallel says otherwise, because they wait more than they compute; and fails where a
// goroutine is left behind.
func Main(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", "8")
	}
	goleak.VerifyTestMain(m)
}
