// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options, one process a case, KTAP. The child's reason comes back through a
 * pipe; a child that does not come back in time is killed, and the kernel takes
 * its connections down.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

#define MAX_PICKS	64

struct options {
	struct who	who;
	bool		listen;
	bool		list;
	bool		survivor;
	int		case_timeout;
	const char	*pick[MAX_PICKS];
	unsigned int	picks;
	const char	*skip[MAX_PICKS];
	unsigned int	skips;
};

static const struct peer_case *const initiator_tables[] = {
	login_cases, keys_cases, cm_cases, ffp_cases, data_cases, unsol_cases,
	ahead_cases, order_cases, unasked_cases, alive_cases, rkey_cases,
	load_cases, NULL
};

static const struct peer_case *const target_tables[] = {
	target_cases, ladder_cases, write_cases, NULL,
};

static const char usage[] =
"usage: iser-peer --target ADDRESS --iqn NAME [options]\n"
"       iser-peer --listen ADDRESS --iqn NAME --case target/NAME [options]\n"
"       iser-peer --list\n"
"\n"
"  --target ADDRESS      play the initiator against this target\n"
"  --listen ADDRESS      play a target; a kernel initiator connects to it\n"
"  --port N              default 3260\n"
"  --other ADDRESS       one more address of this machine, for cases in which one\n"
"                        peer is in the way of another\n"
"  --iqn NAME            target name\n"
"  --initiator NAME      initiator name, default iqn.2026-01.org.example:peer\n"
"  --lun N               default 0\n"
"  --case NAME           run this case only; GROUP/ stands for a whole group;\n"
"                        may be repeated\n"
"  --skip NAME           leave this case or group out; may be repeated\n"
"  --count N             how often a repeating case repeats\n"
"  --patience MS         how long an answer or an end may take, default 8000\n"
"  --case-timeout S      how long a case may take, default 180\n"
"  --no-survivor         do not check after each case that the target lives\n"
"  --verbose             tell every PDU and CM event\n"
"  --list                list the cases and leave\n"
"\n"
"KTAP on standard output. Exit status: 0 all well, 1 a case failed, 2 usage.\n"
"'# TODO' marks a case that is not expected to pass yet; it fails nothing.\n";

/* Does a pick name this case, or its group ("login/")? */
static bool names(const char *pick, const char *name)
{
	size_t n = strlen(pick);

	if (n && pick[n - 1] == '/')
		return !strncmp(pick, name, n);
	return !strcmp(pick, name);
}

static bool any_names(const char *const *picks, unsigned int n,
		      const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (names(picks[i], name))
			return true;
	return false;
}

static bool selected(const struct options *o, const struct peer_case *c)
{
	if (any_names(o->skip, o->skips, c->name))
		return false;
	return !o->picks || any_names(o->pick, o->picks, c->name);
}

static void child(int fd, int (*run)(const struct who *w),
		  const struct who *w)
{
	int rc = run(w);

	if (rc && write(fd, peer_why(), strlen(peer_why())) < 0)
		_exit(3);
	fflush(stdout);
	_exit(rc < 0 ? 1 : rc > 0 ? 2 : 0);
}

/* Reap it, if need be by force. A task stuck in the kernel stays behind. */
static int reap(const struct who *w, pid_t pid, bool dead, int *status)
{
	int i, tries = scaled_ms(w, 10000) / 100;

	if (!dead)
		kill(pid, SIGKILL);
	for (i = 0; i < tries; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return 0;
		usleep(100 * 1000);
	}
	return -1;
}

/* 0, -1 or CASE_SKIP as the case said; its reason in @reason. */
static int run_apart(int (*run)(const struct who *w), const struct who *w,
		     int timeout_s, char *reason, size_t size)
{
	struct pollfd fd = { .events = POLLIN };
	int pipe_fd[2], status = 0;
	ssize_t n = 0;
	pid_t pid;

	fflush(stdout);
	pid = pipe(pipe_fd) ? -1 : fork();
	if (pid < 0) {
		snprintf(reason, size, "cannot fork: %s", strerror(errno));
		return -1;
	}
	if (!pid) {
		close(pipe_fd[0]);
		child(pipe_fd[1], run, w);
	}
	close(pipe_fd[1]);
	fd.fd = pipe_fd[0];
	/* Readable or closed: either way the child has said all it will. */
	if (poll(&fd, 1, timeout_s * 1000) > 0)
		n = read(pipe_fd[0], reason, size - 1);
	reason[n > 0 ? n : 0] = 0;
	close(pipe_fd[0]);
	if (reap(w, pid, fd.revents, &status)) {
		snprintf(reason, size, "stuck in the kernel");
		return -1;
	}
	if (!fd.revents) {
		snprintf(reason, size, "did not finish within %d s", timeout_s);
		return -1;
	}
	if (WIFSIGNALED(status)) {
		snprintf(reason, size, "iser-peer died of signal %d",
			 WTERMSIG(status));
		return -1;
	}
	return WEXITSTATUS(status) == 0 ? 0 :
	       WEXITSTATUS(status) == 2 ? CASE_SKIP : -1;
}

static int run_case(const struct options *o, const struct peer_case *c,
		    unsigned int number, bool *gone)
{
	long start = peer_now_ms();
	int rc, survive_s = scaled_ms(&o->who, 60000) / 1000;
	char reason[512], more[512];

	if (*gone) {
		printf("ok %u %s # SKIP the target is gone\n", number, c->name);
		return 0;
	}
	rc = run_apart(c->run, &o->who, o->case_timeout, reason,
		       sizeof(reason));
	if (rc < 0)
		printf("# %s: %s\n", c->name, reason);
	if (o->survivor && run_apart(honest_check, &o->who, survive_s,
				     more, sizeof(more))) {
		printf("# %s: the target does not survive: %s\n", c->name,
		       more);
		/* Once more: was it slow, or is it dead? */
		*gone = run_apart(honest_check, &o->who, survive_s, more,
				  sizeof(more));
		rc = -1;
	}
	peer_note("%s took %ld ms", c->name, peer_now_ms() - start);
	if (rc > 0)
		printf("ok %u %s # SKIP %s\n", number, c->name, reason);
	else if (!rc)
		printf("ok %u %s\n", number, c->name);
	else if (c->later && !*gone)
		printf("not ok %u %s # TODO %s\n", number, c->name, c->later);
	else
		printf("not ok %u %s\n", number, c->name);
	fflush(stdout);
	return rc < 0 && !c->later ? -1 : *gone ? -1 : 0;
}

static unsigned int each_case(const struct options *o, bool run)
{
	const struct peer_case *const *t = o->listen ? target_tables :
						       initiator_tables;
	unsigned int n = 0, failed = 0;
	const struct peer_case *c;
	bool gone = false;

	for (; *t; t++)
		for (c = *t; c->name; c++) {
			if (!selected(o, c))
				continue;
			n++;
			if (run && run_case(o, c, n, &gone))
				failed++;
		}
	return run ? failed : n;
}

static void list_tables(const struct peer_case *const *t)
{
	const struct peer_case *c;

	for (; *t; t++)
		for (c = *t; c->name; c++)
			printf("%-52s %s%s\n", c->name, c->what,
			       c->later ? " (later)" : "");
}

enum {
	OPT_TARGET = 1, OPT_LISTEN, OPT_PORT, OPT_OTHER, OPT_IQN, OPT_INITIATOR, OPT_LUN,
	OPT_CASE, OPT_SKIP, OPT_COUNT, OPT_PATIENCE, OPT_CASE_TIMEOUT,
	OPT_NO_SURVIVOR, OPT_VERBOSE, OPT_LIST, OPT_HELP,
};

static const struct option long_options[] = {
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "other", required_argument, NULL, OPT_OTHER },
	{ "iqn", required_argument, NULL, OPT_IQN },
	{ "initiator", required_argument, NULL, OPT_INITIATOR },
	{ "lun", required_argument, NULL, OPT_LUN },
	{ "case", required_argument, NULL, OPT_CASE },
	{ "skip", required_argument, NULL, OPT_SKIP },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "patience", required_argument, NULL, OPT_PATIENCE },
	{ "case-timeout", required_argument, NULL, OPT_CASE_TIMEOUT },
	{ "no-survivor", no_argument, NULL, OPT_NO_SURVIVOR },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

static int take_option(struct options *o, int opt)
{
	switch (opt) {
	case OPT_LISTEN:
		o->listen = true;
		/* fall through */
	case OPT_TARGET:
		o->who.host = optarg;
		return 0;
	case OPT_PORT:
		o->who.port = atoi(optarg);
		return 0;
	case OPT_OTHER:
		o->who.other = optarg;
		return 0;
	case OPT_IQN:
		o->who.iqn = optarg;
		return 0;
	case OPT_INITIATOR:
		o->who.initiator = optarg;
		return 0;
	case OPT_LUN:
		o->who.lun = atoi(optarg);
		return 0;
	case OPT_CASE:
		if (o->picks == MAX_PICKS)
			return -1;
		o->pick[o->picks++] = optarg;
		return 0;
	case OPT_SKIP:
		if (o->skips == MAX_PICKS)
			return -1;
		o->skip[o->skips++] = optarg;
		return 0;
	case OPT_COUNT:
		o->who.count = atoi(optarg);
		return 0;
	case OPT_PATIENCE:
		o->who.patience = atoi(optarg);
		return o->who.patience > 0 ? 0 : -1;
	case OPT_CASE_TIMEOUT:
		o->case_timeout = atoi(optarg);
		return o->case_timeout > 0 ? 0 : -1;
	case OPT_NO_SURVIVOR:
		o->survivor = false;
		return 0;
	case OPT_VERBOSE:
		peer_verbose = 1;
		return 0;
	case OPT_LIST:
		o->list = true;
		return 0;
	default:
		return -1;
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.who = {
			.port = 3260,
			.initiator = "iqn.2026-01.org.example:peer",
			.patience = PATIENCE_MS,
		},
		.survivor = true,
		.case_timeout = 180,
	};
	unsigned int n;
	int opt;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			return 0;
		}
		if (take_option(&o, opt))
			goto misused;
	}
	if (o.list) {
		list_tables(initiator_tables);
		list_tables(target_tables);
		return 0;
	}
	if (!o.who.host || !o.who.iqn || optind < argc)
		goto misused;
	if (o.listen)
		o.survivor = false;
	/* siw sends on behalf of who posts, also on a socket that is closed. */
	signal(SIGPIPE, SIG_IGN);
	/* Of many connections at a time the buffers are more than is usual. */
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	n = each_case(&o, false);
	if (!n) {
		fprintf(stderr, "iser-peer: no such case, see --list\n");
		return 2;
	}
	printf("KTAP version 1\n1..%u\n", n);
	return each_case(&o, true) ? 1 : 0;

misused:
	fputs(usage, stderr);
	return 2;
}
