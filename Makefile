# The tasks of the whole workspace; `make` lists them. Per module, as go.work names it, there are also
# test/MODULE, vet/MODULE and tidied/MODULE: make test/pkg/events
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

MODULES := $(shell sed -n 's,^[[:space:]]*\(use \)\{0\,1\}\./,,p' go.work)
COMMANDS = $(patsubst %,./%,$(wildcard cmd/* services/*/cmd/*))
NODE := $(patsubst %/package.json,%,$(shell scripts/files '*package.json' | sed 's,^package.json,./&,'))
# Git refuses to read the checkout of another user, and go build would stop at that.
ifneq ($(shell git status --porcelain >/dev/null 2>&1; echo $$?),0)
export GOFLAGS := $(GOFLAGS) -buildvcs=false
endif
FUZZTIME ?= 10s
TIMES ?= 3
ARGS ?=
TESTFLAGS ?=

remedy = || { printf '  remedy: %s\n' "$(1)" >&2; exit 1; }
has_go = [[ -n $$(find $(1) -name '*.go' -print -quit) ]]

# Tests that build programs by themselves read it, so that Go does not take yesterday's result for today's sources. It is of every file:
# what a program embeds may have any ending.
SOURCES = $$(scripts/files | tr '\n' '\0' | xargs -0 sha256sum | sort | sha256sum)
# Where the browser's tests leave what they saw.
PICTURES := $(CURDIR)/.build/pictures

.PHONY: help run build test check tidy generate bench performance backlog soak start endurance growth benchmarks faults screenshot fuzz k8s-live clean
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{ printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo "make test/M    test one module, M of: $(MODULES)"

run: ## build and start everything in one process: make run ARGS='--http 127.0.0.1:0 --fresh'
	@go build -o .build/ ./cmd/countersign
	@exec .build/countersign dev $(ARGS)

build: ## build all commands into .build/
	@go build -o .build/ $(COMMANDS)

# The test server is installed and started while the checks run. Go's own lines come last.
test: ## everything that must hold before a change is merged: check, Node's checks, all tests with the race detector
	@mkdir -p .build
	@scripts/need gcc gcc libc6-dev
	@scripts/mongodb up >.build/mongodb-uri & server=$$!; $(MAKE) check node; wait $$server
	@COUNTERSIGN_TEST_MONGODB_URI=$$(<.build/mongodb-uri) COUNTERSIGN_SOURCES="$(SOURCES)" COUNTERSIGN_PICTURES=$(PICTURES) \
		go test -race -timeout 5m $(TESTFLAGS) work \
		$(call remedy,make test/MODULE runs the tests of one module; scripts/mongodb status says how the test server is)

$(MODULES:%=test/%): test/%:
	@uri=$$(scripts/mongodb up); export COUNTERSIGN_SOURCES="$(SOURCES)"; cd $* && COUNTERSIGN_TEST_MONGODB_URI=$$uri go test -race -timeout 5m $(TESTFLAGS) ./...

check: format words tidied synced current vet lint ## format, vet, lint, tidy modules, current generated files
	@echo "check: fine"

.PHONY: format words tidied synced current vet lint node
format:
	@bad=$$(gofmt -l $(MODULES)); [[ -z $$bad ]] || { echo "not formatted: "$$bad; false; } $(call remedy,gofmt -w $(MODULES))

words:
	@scripts/checkwords

tidied: $(MODULES:%=tidied/%)
$(MODULES:%=tidied/%): tidied/%:
	@cd $* && go mod tidy -diff $(call remedy,make tidy)

synced:
	@scripts/unchanged go.work.sum '*go.mod' '*go.sum' -- go work sync $(call remedy,make tidy and commit what it writes)

current:
	@scripts/unchanged . -- $(MAKE) generate $(call remedy,commit what make generate has just written)

# Outside the workspace: what a module forgot to require shows only there.
vet: $(MODULES:%=vet/%)
$(MODULES:%=vet/%): vet/%:
	@! $(call has_go,$*) || { cd $* && GOWORK=off go vet ./...; } $(call remedy,see above; alone the module is built by: cd $* && GOWORK=off go vet ./...)

lint: .build/staticcheck
	@.build/staticcheck work $(call remedy,mend what staticcheck says: https://staticcheck.dev/docs/checks)

.build/staticcheck: tools/go.mod tools/go.sum
	@cd tools && GOWORK=off go build -o ../$@ honnef.co/go/tools/cmd/staticcheck

node: $(NODE:%=node/%)
$(NODE:%=node/%): node/%: %/node_modules/.package-lock.json
	@cd $* && npm test --silent $(call remedy,cd $* && npm test)

%/node_modules/.package-lock.json: %/package-lock.json
	@cd $* && npm ci --silent --no-audit --no-fund $(call remedy,cd $* && npm ci)

# go work sync leaves sums out that go mod tidy wants, and then keeps them.
tidy: ## bring all modules to the same versions and tidy them
	@go work sync
	@for module in $(MODULES); do (cd $$module && go mod tidy); done

generate: ## write the generated files anew
	@$(if $(wildcard tools/catalogue/*.go),cd tools && go run ./catalogue,:)
	@cd cmd/countersign && go run ./internal/keda/write ../../deploy/k8s/components/keda
	@cd tools && go run ./monitoring
	@go run ./e2e/bench/document

# The test server is made durable for it: every row has to write what it acknowledges to disk.
bench: ## measure verify beside what others would build and beside the limit, and what the notifier takes; figures also in .build/*.json
	@mkdir -p .build
	@uri=$$(COUNTERSIGN_MONGODB_DURABLE=yes scripts/mongodb up); go build -o .build/ ./e2e/bench ./e2e/bench/send; \
		export COUNTERSIGN_TEST_MONGODB_URI=$$uri; .build/bench -json .build/bench.json $(ARGS); .build/send -json .build/sending.json

performance: bench ## measure, and write docs/performance.md
	@mkdir -p docs/performance
	@cp .build/bench.json .build/sending.json docs/performance/
	@$(MAKE) generate

# ARGS are flags of the one: make soak ARGS='-for 2m'
backlog: ## start verify on a million messages that wait: its speed in each tenth, its memory; 30 minutes
soak: ## have users log in for ten minutes on each store: memory and goroutines must stay level; 25 minutes
start: ## measure programs, idle workers, and the time from start to first accepted attempt; 2 minutes
backlog soak start:
	@mkdir -p .build
	@uri=$$(COUNTERSIGN_MONGODB_DURABLE=yes scripts/mongodb up); go build -o .build/ ./e2e/bench/endurance; \
		COUNTERSIGN_TEST_MONGODB_URI=$$uri .build/endurance $@ -json .build/$@.json $(ARGS)

endurance: ## all three, and write docs/performance.md
	@$(MAKE) start && $(MAKE) backlog && $(MAKE) soak
	@mkdir -p docs/performance
	@cp .build/start.json .build/backlog.json .build/soak.json docs/performance/
	@$(MAKE) generate

# Its files, 4 GB at most, are removed. ARGS='-stores FOLDER' keeps them, 7 GB, for the next time. A server is measured, too, where COUNTERSIGN_TEST_MONGODB_URI names one.
growth: ## have verify work with up to a million users and histories of 10,000 commits, and write docs/performance.md; 12 minutes, 5 GB
	@mkdir -p .build docs/performance
	@go build -o .build/ ./e2e/bench/growth; .build/growth -json .build/growth.json $(ARGS)
	@cp .build/growth.json docs/performance/
	@$(MAKE) generate

benchmarks: ## run the Go benchmarks of every package that has any
	@uri=$$(COUNTERSIGN_MONGODB_DURABLE=yes scripts/mongodb up); COUNTERSIGN_TEST_MONGODB_URI=$$uri go test -run '^$$' -bench . -benchmem $(TESTFLAGS) work

faults: ## do every fault three times to processes under load, and say what became of each: some 20 minutes; TIMES=1 does each once
	@uri=$$(scripts/mongodb up); COUNTERSIGN_TEST_MONGODB_URI=$$uri COUNTERSIGN_FAULTS_TIMES=$(TIMES) \
		go test -count=1 -timeout 70m -run TestNothingIsLostRepeatedOrOpened -v ./e2e/faults

screenshot: ## take the picture of the README anew, in a real browser
	@rm -rf $(PICTURES)/TestTheWholeWayAtADesk
	@COUNTERSIGN_PICTURES=$(PICTURES) go test -count=1 -run TestTheWholeWayAtADesk ./examples/platform/browser
	@cp $(PICTURES)/TestTheWholeWayAtADesk/*-code-app-wrong-light.png docs/demo.png

fuzz: ## run each fuzz target for FUZZTIME (10s)
	@scripts/fuzz $(FUZZTIME)

# Outside the workspace, or every check would compile Kubernetes: so it is checked here. The same flags as in tools/k8slive/programs, whose compiled
# packages it shares.
k8s-live: export GOWORK := off
k8s-live: export CGO_ENABLED := 0
k8s-live: export GOFLAGS := $(GOFLAGS) -trimpath
k8s-live: .build/staticcheck ## apply deploy/k8s to a real control plane with simulated nodes, break it, roll it, drain it (builds Kubernetes first, once)
	@scripts/need etcd etcd-server
	@programs=$$(tools/k8slive/programs); cd tools/k8slive; go mod tidy -diff; go vet ./...; ../../.build/staticcheck ./...; go test ./...; \
		go run . -programs "$$programs" $(ARGS) $(call remedy,deploy/k8s/README.md says what is tried)

clean: ## remove what was built here (the test server stays: scripts/mongodb down)
	@rm -rf .build $(NODE:%=%/node_modules)
