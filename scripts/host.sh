# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the host-side scripts share: talking to the person who runs them,
# getting the tools they need, and the places where things are kept.

# Every expensive thing (guest roots, checkpatch) is kept here, outside the
# tree, so that a fresh clone on the same machine starts warm.
iser_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/iser

iser_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export iser_cache iser_top

say() { printf '%s\n' "$*" >&2; }

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# usage: print the comment block at the head of the running script. One text
# serves the reader of the file and the caller of --help.
usage()
{
	awk 'NR == 1 || /SPDX/ { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' \
		"$0" | sed '/./,$!d'
}

# progress LABEL COMMAND...: run a long command with its output in a log, and
# show that time passes: a line that counts up on a terminal, a line when it
# begins and ends elsewhere. On failure the end of the log is shown.
progress()
{
	local label=$1 log start pid
	shift
	log=$(mktemp)
	start=$SECONDS
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	[ -t 2 ] || say "  $label ..."
	while kill -0 "$pid" 2>/dev/null; do
		[ -t 2 ] && printf '\r  %s ... %ds' "$label" $((SECONDS - start)) >&2
		sleep 0.5
	done
	if wait "$pid"; then
		[ -t 2 ] && printf '\r' >&2
		say "  $label: done in $((SECONDS - start)) s"
		rm -f "$log"
		return 0
	fi
	[ -t 2 ] && printf '\n' >&2
	say "  $label: FAILED after $((SECONDS - start)) s; its last output was:"
	tail -n 40 "$log" | sed 's/^/    /' >&2
	say "  (all of it: $log)"
	return 1
}

# need COMMAND:PACKAGE...: make sure that commands exist (or files, when the
# first half is an absolute path). Root gets the packages installed; anyone
# else is told the one command that does it.
need()
{
	local pair missing=()
	for pair; do
		case $pair in
		/*) [ -e "${pair%%:*}" ] || missing+=("${pair##*:}") ;;
		*) PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null ||
			missing+=("${pair##*:}") ;;
		esac
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
	command -v apt-get >/dev/null ||
		die "missing: ${missing[*]} (and this is not a Debian machine: install them by hand)"
	[ "$(id -u)" = 0 ] || die "some tools are missing; install them with
    sudo apt-get install ${missing[*]}
and run this again"
	mkdir -p "$iser_cache"
	(
		# Two suites may be prepared at once and dpkg has one lock.
		flock 9
		progress "installing ${missing[*]}" apt_install "${missing[@]}"
	) 9>"$iser_cache/apt.lock" || die "apt-get could not install: ${missing[*]}"
}

apt_install()
{
	export DEBIAN_FRONTEND=noninteractive
	# A new machine may have no package lists, or stale ones.
	apt-get install -y --no-install-recommends "$@" ||
		{ apt-get update && apt-get install -y --no-install-recommends "$@"; }
}

need_root()
{
	[ "$(id -u)" = 0 ] || die "this part builds and enters a Debian root directory and so needs root; run
    sudo env XDG_CACHE_HOME='${iser_cache%/iser}' $*"
}

# in_root ROOT COMMAND...: run it in a guest's unpacked root (scripts/vm-root).
# With /proc, in a mount namespace of its own: objtool of newer kernels reads
# its limits there.
in_root()
{
	local root=$1
	shift
	# shellcheck disable=SC2016 # the inner shell's arguments
	unshare --mount sh -c 'mount --bind /proc "$1/proc" && shift &&
		exec chroot "$@"' sh "$root/tree" "$root/tree" \
		/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C "$@"
}

# suite_apt ROOT COMMAND...: this machine's apt-get, as the suite of a guest's
# root sees the world. No list of installed packages: what is on this machine
# says nothing about the suite. Its lists are shared: to be called with
# $iser_cache/source/SUITE.lock held.
suite_apt()
{
	local root=$1 state=$iser_cache/source/apt/${1##*/}
	shift
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	apt-get -q -o "Dir::Etc::SourceList=$root/tree/etc/apt/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null \
		-o "Dir::State::Lists=$state/lists" \
		-o "Dir::Cache=$state/cache" \
		-o Dir::State::Status=/dev/null \
		-o Acquire::Languages=none \
		-o APT::Sandbox::User=root "$@"
}

# module_sources: what tells one state of the modules' sources from another.
module_sources()
{
	(cd "$iser_top" && find Kbuild common initiator target -type f \
		\( -name Kbuild -o -name '*.[ch]' \) ! -name '*.mod.c' | LC_ALL=C sort |
		xargs sha256sum | sha256sum | cut -c 1-12)
}
