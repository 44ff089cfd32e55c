# SPDX-License-Identifier: GPL-2.0-only
#
# A thin front: the modules are Kbuild's affair, the rest are scripts, each of
# which explains itself with --help.
#
#   make [KDIR=...]          build the modules for the running kernel, or for KDIR
#   make install             install them to updates/ (as root)
#   make check [T=PATTERN]   the tests; FULL=1 for more VM cases, on every kernel
#   make unit | vm | style   one kind of them
#   make fuzz                the decoders, FUZZ_SECONDS=60 for each
#   make peer-table          what iser-peer finds, in this pair and in the kernel's
#   make soak                the VM tests marked as soak, which check never runs
#   make races [T=PATTERN]   the VM tests of what comes and goes, on two real CPUs
#   make costs               silent peers and sessions: time, memory, ours, in-tree
#   make debug-check [T=..]  the VM tests on a kernel with KASAN, lockdep, ...
#   make debug-kernel        only build that kernel: half an hour, once
#   make builds              build for all kernels, RT and arm64 included
#   make run-table           what the last runs were: Documentation/run-table.rst
#   make bench [B=PATTERN]   instructions, memory, logins: ours beside others
#   make bench-check         has an I/O become more expensive?
#   make demo | shell        see it work in a VM | try it there by hand
#   make help                this text

KDIR ?= /lib/modules/$(shell uname -r)/build
T ?= *
B ?= *

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# updates/ goes before the kernel's own directory when modules are looked up.
install modules_install: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates modules_install

clean:
	[ ! -d $(KDIR) ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tests/unit clean
	rm -rf build

check:
	scripts/check $(if $(FULL),--full) 'T=$(T)'

unit:
	$(MAKE) -C tests/unit check

vm:
	tests/vm/run 'T=$(T)'

fuzz:
	scripts/fuzz $(FUZZ_SECONDS)

peer-table:
	scripts/peer-table

soak:
	tests/vm/run --soak 'T=$(T)'

# What is only seen when two processors really run at once. QEMU with several
# threads now and then fails to boot; the runner knows, and tries again.
races:
	tests/vm/run --thread multi 'T=$(if $(filter *,$(T)),@(@(device|eh|login|path|recovery|session|target)/*|io/polled*),$(T))'

costs:
	scripts/costs

style:
	scripts/check-style

builds:
	scripts/build-matrix

run-table:
	scripts/run-table

debug-kernel:
	scripts/vm-kernel

debug-check:
	tests/vm/run --suite debug 'T=$(T)'

bench:
	tests/bench/run 'B=$(B)'

bench-check:
	tests/bench/run --check 'B=$(B)'

demo:
	scripts/demo

shell:
	scripts/demo --shell

help:
	@sed -n '/^#   make/s/^# *//p' Makefile

.DEFAULT_GOAL := modules
.PHONY: modules modules_install install clean check unit vm soak fuzz peer-table \
	races costs style demo shell help builds run-table debug-kernel debug-check \
	bench bench-check
