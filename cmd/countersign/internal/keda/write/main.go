// Command write writes the ScaledObjects into the folder that it is given: for make generate.
package main

import (
	"fmt"
	"os"

	"countersign/cmd/countersign/internal/keda"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: write FOLDER")
		os.Exit(2)
	}
	if err := keda.WriteFolder(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
