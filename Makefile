# make, or make help, lists what there is. Written for GNU make 3.81 and later.
.PHONY: help test long check rules generate stackful diff carry race soak arm64 windows bench models fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

test: ## every chapter's tests
	go test work

CI = .ci/chapters.go .ci/check.go

long: ## what test has in short: fiber's thousand child processes, corofy's cases, and its random programs for TIME=60s
	go test -count=1 ./ch05/fiber -long
	go test -count=1 -timeout 0 -run 'Exact|Platforms|RandomPrograms' ./ch10/corofy -exact . -random $(TIME) -seed $(SEED)

check: ## the rules of this repository; the first time it takes some minutes
	@go run $(CI) check

rules: ## the tests of those rules
	go test $(CI) .ci/check_test.go

generate: ## the *_corofied.go files, from the files tagged stackful; CHAPTERS="07 08": of these only
	@go run .ci/chapters.go generate $(CHAPTERS)

stackful: ## the tests on coroutines instead: with the files that corofy starts from
	go test -tags stackful work

diff: ## FROM=07 TO=08: the step from one chapter to another; ALL=1: all of it; FILE=http/http.go: one file
	@go run .ci/chapters.go diff $(FROM) $(TO) $(if $(ALL),ALL,$(FILE))

carry: ## FROM=ch01 FILE=kit/kit.go: apply the uncommitted change of a file to its later copies, and stage those
	@go run .ci/chapters.go carry $(FROM) $(FILE)

TIME = 60s
SEED = 0

CC_HERE = $(shell command -v "$(firstword $(shell go env CC))" 2>/dev/null)

race: ## the tests under the race detector, which needs a C compiler
	$(if $(CC_HERE),CGO_ENABLED=1 go test -race work,@echo "race: skipped (no C compiler)")
	$(if $(CC_HERE),CGO_ENABLED=1 go test -race ./ch10/http -workers 2)

soak: ## TIME=60s: the last runtime with all kinds of tasks at random, under the race detector if it can be
	$(if $(CC_HERE),CGO_ENABLED=1) go test $(if $(CC_HERE),-race) -count=1 -run Soak -v -timeout 0 ./ch10/runtime -soak $(TIME)

QEMU = qemu-aarch64-static

arm64: ## the tests as linux/arm64 programs under qemu
	@command -v $(QEMU) >/dev/null || { echo "arm64: no $(QEMU) here: apt-get install qemu-user-static" >&2; exit 1; }
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 CHILD_EXEC=$(QEMU) go test -exec $(QEMU) work

windows: ## the tests as Windows programs under wine
	sh .ci/wine.sh

bench: ## every chapter's benchmarks
	go test -run '^$$' -bench . work

models: ## the figures of README's table of the models; takes about a minute
	go run .ci/chapters.go lines
	go run ./ch02/... costs
	go test -run '^$$' -bench Suspended ./ch05/fiber
	go run ./ch05/... switch-cost
	go test -run '^$$' -bench Suspended ./ch09
	go run ./ch10/... bench -job sleepers,yield,yield-await

fuzz: ## TIME=60s: random input for corofy, http and the runtime, for so long each
	go test -timeout 0 -run Random -v ./ch10/corofy -random $(TIME)
	go test -timeout 0 -run "Exact|Real" -v ./ch10/corofy -exact . -real 300
	go test -run '^$$' -fuzz FuzzReadResponse -fuzztime $(TIME) ./ch10/http
	go test -run '^$$' -fuzz FuzzParseRequest -fuzztime $(TIME) ./ch10/http
	go test -run '^$$' -fuzz FuzzTimers -fuzztime $(TIME) ./ch10/runtime
	go test -run '^$$' -fuzz FuzzChan -fuzztime $(TIME) ./ch10/runtime
