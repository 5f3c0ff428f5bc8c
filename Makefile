# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   make demo      C sample, virtual modem and a small LwM2M server talk to each other; under a minute
#   make test      everything that must hold, a line each
#
# Each target installs what it lacks when run as root on Debian and leaves target/report/<target>.json.

SHELL := /bin/bash

.PHONY: help setup demo test size bench interop conformance flow endurance fuzz headers archive dist zephyr
.DEFAULT_GOAL := help

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## setup        install the Debian packages that are missing
setup:
	@tools/setup.sh

## demo         one device's life against the lab server, over DTLS
demo:
	@tools/setup.sh build
	@tools/demo.sh

## test         format, lints, all tests, documents, C samples, cross builds, emulator, budgets, fuzzing, conformance, failures, endurance, interop
test:
	@tools/setup.sh build test bench interop
	@tools/test.sh

## size         flash, RAM and stack of the device archive, of its variants, and what each switch takes away
size:
	@tools/setup.sh build test
	@tools/size.sh

## bench        instructions for each kind of datagram, and bytes on the wire
bench:
	@tools/setup.sh build bench
	@tools/bench.sh

## interop      the sample against two generations of Eclipse Leshan and against aiocoap, over CoAP and over DTLS
interop:
	@tools/setup.sh build interop
	@tools/interop.sh

## conformance  the archive on the wire, a row for each rule of conformance/ROWS.md
conformance:
	@tools/setup.sh build test bench
	@tools/conformance.sh

## flow         a table of every reported failure and its repair, and a test for each known defect
flow:
	@tools/setup.sh build test
	@tools/flow.sh

## endurance    power cut at every write, a year of outages, a server dead for a day, in simulated time
endurance:
	@tools/setup.sh build test
	@tools/endurance.sh

## fuzz         a million mutated datagrams
fuzz:
	@tools/setup.sh build
	@tools/fuzz.sh

## headers      write include/*.h anew from the Rust sources
headers:
	@tools/setup.sh build test
	@tools/headers.sh

## archive      liblwm2m_carrier.a for this machine and for both Cortex-M33 targets
archive:
	@tools/setup.sh build test
	@tools/archive.sh

## dist         a release: archives, headers, CMake package, Zephyr module, licences, checksums
dist:
	@tools/setup.sh build test
	@tools/dist.sh

## zephyr       the sample on emulated boards in the Zephyr tree ZEPHYR_BASE; without one it is named as not run
zephyr:
	@tools/setup.sh build test
	@tools/zephyr.sh
