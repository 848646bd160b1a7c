# Two commands: `make demo` runs the main job, `make test` passes the tests.
# Each sets up what it needs on a fresh Debian 12 with Go.

GOLANGCI := v2.15.0
TAGS     := libusb
BIN      := bin
# The tests' tags: every driver, and the tests that use real parts.
REAL     := libusb libfprint realparts
FUZZ_SECONDS ?= 150
# Tests run in the folders of their packages and find the assets by this.
export TRAM_ASSETS ?= $(CURDIR)/assets
# Stations of tests take no counters in this machine's TPM.
export TRAM_TPM ?= none

.PHONY: help setup setup-test assets build demo test check race-enrol race-capture race-tram whole-tram lint fuzz soak bench bench-print bench-portrait bench-finger screenshots clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: ## install the Debian packages that building and the demo need
	@deploy/setup.sh build

setup-test: ## install the Debian packages that the tests need
	@deploy/setup.sh build test

assets: setup ## fetch models, cascades, ONNX Runtime and OpenJPEG by their lock file
	@deploy/assets.sh "$(TRAM_ASSETS)"

build: setup assets ## build tram, tram-camera, tram-gateway and tram-sim into bin/
	go build -tags "$(TAGS)" -o $(BIN)/ ./cmd/tram ./cmd/tram-gateway ./cmd/tram-sim
	go build -tags opencv -o $(BIN)/ ./cmd/tram-camera

demo: build ## one enrolment on virtual devices, then the kiosk (ARGS=--once to stop there)
	$(BIN)/tram demo $(ARGS)

test: setup-test assets build lint fuzz check ## everything that must pass

# What counts pixels for minutes on one goroutine, where the race detector
# finds nothing and takes eight times as long; nor does it in pages of a browser.
ALONE := mrz/qr mrz/ocr mrz/specimen biometrics/face biometrics/finger biometrics/wsq biometrics/minutiae
# The tests of kiosk/enrol that wait for drawn fingers or faces: with the race
# detector they only wait longer. The others have every move of the enrolment.
DRAWN := HostileReaders AllVirtualDevices SlapLaidWrongly NoLandmarksNoChallenge RealReader OriginalsOfTheDevice \
  BestOfEveryTry Slaps PrintsOfTheCard RolledIsNotItsOwn RepeatedFinger
# The tests of cmd/tram that start whole programs, which have no race detector.
WHOLE := Trial StationProgram CardProgram Demo StationScans Bench SwitchedOff ScanFromFrame ThePage Floors Files

check: ## every platform builds; unit and real-part tests, most under the race detector
	deploy/cross.sh
	go test -race -timeout 20m -tags "$(REAL)" $$(go list -tags "$(REAL)" ./... | grep -vE '/tram/($(subst $() ,|,$(ALONE) kiosk/e2e kiosk/enrol cmd/tram cmd/tram-sim offline/faults))$$')
	@$(MAKE) --no-print-directory -j2 -O race-enrol race-capture race-tram whole-tram
	@echo "Pixels and pages, without the race detector; the longest first:"
	go test -timeout 45m -tags "$(REAL)" ./kiosk/e2e $(ALONE:%=./%) ./biometrics/virtual ./kiosk/enrol ./offline/faults

# Each of these keeps one core busy, so two run at a time. Whole programs run
# apart from the pages of kiosk/e2e: a machine has one PC/SC service.
race-enrol:
	go test -race -timeout 30m -tags "$(REAL)" -skip '^Test($(subst $() ,|,$(DRAWN)))$$' ./kiosk/enrol
race-capture:
	go test -race -timeout 20m -tags "$(REAL)" -run '^Test(Capture|Patience|Preview|Run)' ./biometrics/face
race-tram:
	go test -race -timeout 20m -tags "$(REAL)" -skip '^Test($(subst $() ,|,$(WHOLE)))' ./cmd/tram
whole-tram:
	go test -p 1 -timeout 40m -tags "$(REAL)" ./cmd/tram ./cmd/tram-sim

lint: ## vet, golangci-lint
	go vet -tags "$(REAL)" ./...
	@test -x .cache/bin/golangci-lint-$(GOLANGCI) || { \
	  GOBIN=$(CURDIR)/.cache/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) && \
	  mv .cache/bin/golangci-lint .cache/bin/golangci-lint-$(GOLANGCI); }
	.cache/bin/golangci-lint-$(GOLANGCI) run

fuzz: ## all fuzz targets share FUZZ_SECONDS
	deploy/fuzz.sh $(FUZZ_SECONDS)

soak: setup-test assets build ## long runs: an hour of fuzzing, 10,000 reads, 100,000 damaged prints, every fault of the queue, every test five times
	deploy/fuzz.sh 3600
	TRAM_READS=10000 go test -count=1 -timeout 2h -run 'TestThousandsOfReads$$' ./reader
	TRAM_WSQ_MUTATIONS=100000 go test -count=1 -timeout 1h -run 'TestMutations$$' ./biometrics/wsq
	deploy/soak.sh
	TRAM_SOAK=1 go test -count=1 -timeout 4h -tags "$(REAL)" -run '^TestTrial' ./cmd/tram
	TRAM_SOAK=1 go test -count=1 -timeout 1h -tags "$(REAL)" ./kiosk/enrol
	$(BIN)/tram bench station --enrolments 500
	go test -race -count=5 -timeout 5h -tags "$(REAL)" ./...
	go test -count=5 -timeout 1h -tags "$(REAL)" ./biometrics/face ./biometrics/finger ./biometrics/virtual

bench: build ## the figures of the README, measured here
	$(BIN)/tram bench

bench-print: setup ## the decoders of print against others (SEED, PRINT_SETS, FRAMES, ARGS)
	@deploy/setup.sh bench
	go build -tags "$(TAGS)" -o $(BIN)/ ./cmd/tram
	deploy/print-bench.sh $(BIN)/tram

bench-portrait: setup assets ## the portrait beside others (PHOTOS, ARGS)
	@deploy/setup.sh bench
	go build -tags "$(TAGS)" -o $(BIN)/ ./cmd/tram
	deploy/portrait-bench.sh $(BIN)/tram

bench-finger: setup ## prints beside NBIS (NBIS=folder of its programs, PRINTS, ARGS)
	go build -tags "$(TAGS)" -o $(BIN)/ ./cmd/tram
	$(BIN)/tram bench finger $(if $(NBIS),--nbis "$(NBIS)") $(PRINTS:%=--print %) $(ARGS)

screenshots: setup-test assets build ## every page at both sizes, into screenshots/
	TRAM_SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -tags "$(REAL)" ./kiosk/e2e/

clean: ## remove what was built
	rm -rf $(BIN) assets .cache screenshots
