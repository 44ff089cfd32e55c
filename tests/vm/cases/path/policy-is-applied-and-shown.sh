# SPDX-License-Identifier: GPL-2.0-only
# Guards: what configfs says about the path to a peer is what the connection is
# made with and what sysfs shows; a wrong value is refused and changes nothing;
# one address has one entry, however it is spelled.
# pairs: ours tgt-intree

paths=/sys/kernel/config/iser/paths
tracing=/sys/kernel/tracing

# shown NAME VALUE: as the session's host shows it.
shown()
{
	local is
	is=$(cat /sys/class/scsi_host/host*/iser/"$1")
	[ "$is" = "$2" ] || fail "sysfs: $1 is '$is', not '$2'"
}

# watch_rdma_cm: have the trace say what the connection manager is told of a
# connection. struct rdma_conn_param has the retries in its bytes 12 and 13.
watch_rdma_cm()
{
	cat >>$tracing/kprobe_events <<-'END'
		p:iser_ack rdma_set_ack_timeout told=%si:u8
		p:iser_rnr rdma_set_min_rnr_timer told=%si:u8
		p:iser_tos rdma_set_service_type told=%si:s32
		p:iser_connect rdma_connect_locked retries=+12(%si):u8 rnr=+13(%si):u8
	END
	echo 1 >$tracing/events/kprobes/enable
	echo >$tracing/trace
}

# told_rdma_cm: and it is what was configured.
told_rdma_cm()
{
	local word
	for word in 'iser_ack: .* told=20' 'iser_rnr: .* told=12' 'iser_tos: .* told=96' \
		'iser_connect: .* retries=3 rnr=5'; do
		grep -q " $word\$" $tracing/trace || fail "rdma_cm was not told: $word"
	done
	probes_off
}

# set_path NAME VALUE, refuse_path NAME VALUE
set_path() { echo "$2" >$paths/"$target_ip"/"$1" || fail "$1=$2 refused"; }

refuse_path()
{
	local was
	was=$(cat $paths/"$target_ip"/"$1")
	# shellcheck disable=SC2016 # for the inner shell
	refused sh -c 'echo "$1" >"$2"' - "$2" "$paths/$target_ip/$1"
	[ "$(cat $paths/"$target_ip"/"$1")" = "$was" ] || fail "$1 changed all the same"
}

run()
{
	target_up
	login
	shown ack_timeout default
	shown tos default
	shown retry_count 7
	shown grace_ms 500
	shown poll_us 0
	shown destination "$portal"
	shown device "$link_dev"
	logout

	mkdir $paths/"$target_ip"
	refuse_path ack_timeout 32
	refuse_path retry_count 8
	refuse_path rnr_retry_count -1
	refuse_path min_rnr_timer x
	refuse_path tos 256
	refuse_path grace_ms 60001
	refuse_path poll_us 1001
	refuse_path source "$target_ip6"
	refuse_path source no-address
	set_path ack_timeout 20
	set_path min_rnr_timer 12
	set_path tos 96
	set_path retry_count 3
	set_path rnr_retry_count 5
	set_path grace_ms 2000
	set_path poll_us 20
	set_path source "$target_ip"
	watch_rdma_cm
	login
	told_rdma_cm
	shown ack_timeout 20
	shown min_rnr_timer 12
	shown tos 96
	shown retry_count 3
	shown rnr_retry_count 5
	shown grace_ms 2000
	shown poll_us 20
	shown source "$target_ip"
	logout

	# For a connection that exists nothing changes when its entry goes.
	login
	rmdir $paths/"$target_ip"
	shown tos 96
	logout

	refused mkdir $paths/no-address
	mkdir $paths/default $paths/::1
	refused mkdir $paths/0:0::1
	set_default
	login
	shown retry_count 2
	logout
	rmdir $paths/default $paths/::1
}

set_default() { echo 2 >$paths/default/retry_count; }
