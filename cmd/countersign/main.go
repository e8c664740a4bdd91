// Command countersign is the tool for developers: `countersign dev` runs the whole product in one process.
package main

import "countersign/pkg/worker/runtime"

func main() { runtime.Main(run) }
