#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh - run one fuzzer and say what it reached
#
# usage: ./fuzz.sh NAME SECONDS DIRECTORY SOURCE...
#
# DIRECTORY has fuzz_NAME, built by clang, and cover_NAME, the same harness with
# gcc's line and branch counters. The fuzzer begins with corpus/NAME-* and what
# earlier runs found; afterwards cover_NAME replays all of that, so that the
# coverage is the one of each SOURCE alone, without the harness. The fuzzer's own log
# is DIRECTORY/fuzz-NAME.log; an input that breaks a rule is kept as
# DIRECTORY/NAME-crash-*.

set -e

name=$1
seconds=$2
directory=$3
shift 3
cd "$(dirname "$0")"
seed=$PWD/corpus
mkdir -p "$directory"
cd "$directory"

mkdir -p "found-$name" "seed-$name"
cp "$seed/$name"-* "seed-$name/"

# A PDU is looked at up to its headers; login text may have 8,192 bytes.
longest=2048
[ "$name" != text ] || longest=9216

status=0
nice "./fuzz_$name" -max_total_time="$seconds" -max_len=$longest -print_final_stats=1 \
	-artifact_prefix="$name-" "found-$name" "seed-$name" \
	>"fuzz-$name.log" 2>&1 || status=$?

find "cover-$name" -name '*.gcda' -delete
find "seed-$name" "found-$name" -type f -print0 |
	xargs -0 "./cover_$name" >"cover-$name.log" || status=1

stat() { sed -n "s/^stat::$1: *//p" "fuzz-$name.log"; }

# covered SOURCE: what gcov says of it, in one line.
covered()
{
	(cd "cover-$name" && gcov -b ./*.gcda 2>/dev/null) | awk -v file="$(basename "$1")" '
		/^File / { on = index($0, "/" file "\047") }
		!NF { on = 0 }
		on && /^(Lines|Branches) executed|^Taken/ { printf "%s%s", sep, $0; sep = ", " }'
}

echo "$name: $(stat number_of_executed_units) executions in $seconds s," \
	"$(find "seed-$name" "found-$name" -type f | wc -l) inputs kept"
for source; do
	echo "$name: $(basename "$source"): $(covered "$source")"
done
if [ "$status" -ne 0 ]; then
	tail -n 30 "fuzz-$name.log"
	echo "$name: FOUND SOMETHING: $(find . -name "$name-*-*")"
	exit 1
fi
echo "$name: nothing found"
