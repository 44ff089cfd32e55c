#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Run test programs and print their KTAP as one document with one plan.
# Each argument is a command line of its own. A program that dies before its
# plan is fulfilled counts as one more failed test, so that a crash cannot look
# like a shorter list.

# Seconds one program may take, so that an endless loop is a failure, not a wait.
limit=${UNIT_TIMEOUT:-300}

out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

for command in "$@"; do
	name=${command%% *}
	# Word splitting is how a command line becomes its words.
	# shellcheck disable=SC2086
	timeout "$limit" $command </dev/null 2>&1
	echo "#exit $? ${name##*/}"
done >"$out"

awk '
	/^KTAP version/ { next }
	/^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0; seen = 0; next }
	/^(not )?ok [0-9]+ - / {
		seen++
		sub(/ok [0-9]+ - /, "ok " (++total) " - ")
		if (/^not/)
			failed++
		lines[++n] = $0
		next
	}
	/^#exit / {
		status = $2
		broken = seen != planned || (status > 1)
		lines[++n] = (broken ? "not ok " : "ok ") (++total) \
			" - unit/" $3 "-ran-to-its-end"
		if (broken) {
			lines[++n] = "# exit status " status ", " seen + 0 \
				" of " planned + 0 " tests"
			failed++
		}
		planned = seen = 0
		next
	}
	{ lines[++n] = /^#/ ? $0 : "# " $0 }
	END {
		print "KTAP version 1"
		print "1.." total + 0
		for (i = 1; i <= n; i++)
			print lines[i]
		print "# " total - failed " of " total " passed"
		exit failed > 0 || !total
	}
' "$out"
