.DEFAULT_GOAL := help
.PHONY: help generate short check fmt vet staticcheck fresh tidy size race nested test fuzz bench bench-node allocations stream figures ingest parity node-on-serve drift

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

generate: ## Make what is generated from api/openapi.yaml
	go generate ./...

test: ## Run the tests
	go test ./...

short: ## Run the tests that take seconds, while you work
	go test -short ./...

check: fmt vet staticcheck fresh tidy size race allocations nested ## Everything that has to hold before a change lands

fmt: ## Every file is formatted
	@test -z "$$(gofmt -l . | tee /dev/stderr)"

vet: ## go vet finds nothing
	go vet ./...

staticcheck: ## staticcheck finds nothing
	go run honnef.co/go/tools/cmd/staticcheck ./...

generated := $(wildcard gen/*.gen.go internal/reqschema/*.gen.go) docs/compatibility.md

# It compares with what is there, committed or not.
fresh: ## The generated code is what the document makes
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && tar cf - $(generated) | tar xf - -C "$$dir" && go generate ./... && \
	for file in $(generated); do cmp "$$dir/$$file" "$$file" || { echo "$$file was not up to date; it is now" >&2; exit 1; }; done

tidy: ## go.mod and go.sum hold what is needed
	go mod tidy -diff

size: ## The zip of each module stays below 2 MB
	go run ./test/size

race: ## Run the tests with the race detector
	go test -race ./...

# Modules of their own, which the go tool does not enter from here.
nested_modules := cmd/nango-go examples/app examples/ingest examples/routers nangootel test/clients test/reflection test/sqlcursor

nested: ## The same for the modules inside this one
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; go build -o "$$dir/staticcheck" honnef.co/go/tools/cmd/staticcheck; \
	for module in $(nested_modules); do echo "$$module"; \
	(cd $$module && go vet ./... && "$$dir/staticcheck" ./... && go mod tidy -diff && go test -race ./...); done

# A number of inputs and not a time: at the end of a time, go test can fail with "context deadline exceeded" for no reason. What is
# interesting is not made smaller, which takes most of the time.
FUZZTIME := 100000x

fuzz: ## Fuzz what reads responses, webhooks and paths, FUZZTIME inputs each
	go test -run '^$$' -fuzz '^FuzzResponse$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./nango
	go test -run '^$$' -fuzz '^FuzzRecordPage$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./nango
	go test -run '^$$' -fuzz '^FuzzFormCopier$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./nango
	go test -run '^$$' -fuzz '^FuzzVerify$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./nango/webhook
	go test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./nango/webhook
	go test -run '^$$' -fuzz '^FuzzDotPath$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./internal/dotpath
	go test -run '^$$' -fuzz '^FuzzLoose$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./internal/percent
	go test -run '^$$' -fuzz '^FuzzFormSafe$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 0s ./internal/jsonx

# Rounds over all rows rather than one long run of each row in turn: what else the machine does then hits all rows alike.
ROUNDS := 10

bench: ## Compare with hand-written code, side by side, and write docs/performance.*
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && go test -c -o "$$dir/bench" ./test/bench && \
	for round in $$(seq $(ROUNDS)); do \
	echo "round $$round of $(ROUNDS)" >&2; "$$dir/bench" -test.run '^$$' -test.bench . -test.benchtime 200ms; \
	done | go run ./test/bench/report -docs docs

# The package is installed and run in a folder of its own, outside the tree; its install scripts are not run.
bench-node: ## The same beside the newest Node SDK of npm
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cp test/bench/bench.mjs "$$dir" && \
	npm install --prefix "$$dir" --silent --no-audit --no-fund --ignore-scripts @nangohq/node@latest && \
	npm ls --prefix "$$dir" --depth 0 && \
	NANGO_BENCH_NODE="$$dir" $(MAKE) --no-print-directory bench

allocations: ## No call allocates more often than it may; the race detector would change that
	go test -count 1 -run TestAllocations ./test/bench

stream: ## Compare how large bodies stream with net/http, and how much memory that takes
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && go build -o "$$dir/stream" ./test/bench/stream && "$$dir/stream"

wire := test/parity/testdata/node-wire.json

figures: ## The figures of the tests that compare with recordings, with the Node SDK, and under faults
	go test -count 1 -v -run 'TestRecordings|TestParity|TestChaos' ./test/contract ./test/judge ./test/parity ./test/chaos

# It needs an installed PostgreSQL, of which it starts one of its own.
ingest: ## Ingestion by several processes, under kills and faults, on PostgreSQL (3 minutes)
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && (cd examples/ingest && go build -o "$$dir/proof" ./proof) && "$$dir/proof" $(ARGS)

NANGO := latest

# The file that gets the status of a comparison: 1 for what differs, 2 if it could not compare. make itself ends with 2 for both.
STATUS := /dev/null

# Installs the Node SDK and the types of the release NANGO, and what else is named, in a new folder outside the tree, $$dir. The
# scripts of the packages are not run.
install = dir=$$(mktemp -d) && trap 'echo $$? >"$(STATUS)"; rm -rf "$$dir"' EXIT && \
	{ npm install --prefix "$$dir" --loglevel error --no-audit --no-fund --ignore-scripts \
		@nangohq/node@$(NANGO) @nangohq/types@$(NANGO) $(1) >/dev/null && npm ls --prefix "$$dir" --depth 0; } || \
	{ echo "npm could not install the packages of Nango ($(NANGO)). Nothing was compared." >&2; exit 2; }

parity: ## Compare with what the newest Node SDK of npm sends; UPDATE=1 keeps that
	@$(install); cp test/parity/record.mjs "$$dir" && \
	{ node "$$dir/record.mjs" <$(wire) >"$$dir/node-wire.json" || exit 2; } && \
	{ git --no-pager diff --no-index $(wire) "$$dir/node-wire.json" || true; } && \
	{ test "$(UPDATE)" != 1 || cp "$$dir/node-wire.json" $(wire); } && \
	NANGO_NODE_WIRE="$$dir/node-wire.json" go test -count 1 -v ./test/parity

node-on-serve: ## Call the methods of the newest Node SDK of npm on nango-go serve, and compare with the recordings
	@$(install); cp test/nodeserve/calls.mjs "$$dir" && \
	{ (cd cmd/nango-go && go build -o "$$dir/nango-go" .) && go build -o "$$dir/compare" ./test/nodeserve || exit 2; } && \
	{ node "$$dir/calls.mjs" "$$dir/nango-go" >"$$dir/calls.json" || exit 2; } && "$$dir/compare" "$$dir/calls.json"

# The tests of what reads the types come first. UPDATE=1 keeps what they read.
drift: ## Compare the document with the types of the newest release of Nango, or of NANGO=0.71.6
	@$(call install,typescript@6.0.3 @types/json-schema@7.0.15); cp internal/drift/*.mjs "$$dir" && \
	{ UPDATE="$(UPDATE)" TESTDATA=internal/drift/testdata node --test "$$dir/declared.test.mjs" >"$$dir/tests" || \
		{ cat "$$dir/tests" >&2; echo "What reads the types fails its tests. Nothing was compared." >&2; exit 2; }; } && \
	{ node "$$dir/declared.mjs" "$$dir/node_modules/@nangohq/types" >"$$dir/declared.json" || exit 2; } && \
	{ go build -o "$$dir/drift" ./internal/drift || exit 2; } && "$$dir/drift" "$$dir/declared.json"
