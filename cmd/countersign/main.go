// Command countersign runs the product for development.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"countersign/cmd/countersign/internal/dev"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, _ := dev.DefaultFolder()
	err := dev.Run(ctx, dev.Config{NATS: "127.0.0.1:4222", HTTP: "127.0.0.1:8080", Data: folder, Out: os.Stdout, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		slog.Error("run", "error", err)
		os.Exit(1)
	}
}
