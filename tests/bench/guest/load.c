// SPDX-License-Identifier: GPL-2.0-only
/*
 * load: an exact number of I/Os at an exact depth.
 *
 * The queue is filled and warmed up, then a window of the instruction counter
 * is open for N completions, each of which is followed by one submission (as
 * fio does by default). As many I/Os are in flight at the window's end as at its
 * beginning, so what is counted is N I/Os, without the start of a program and
 * the opening of a device.
 *
 * With several jobs each is a thread on a processor of its own, and has a queue
 * of that depth. Nobody waits for another: completions are counted together, and
 * whose is the last before the window or in it opens or closes it.
 *
 * How much of a buffer lies in one piece in memory is not left to chance: single
 * pages, so a 16 KiB I/O has four segments whatever the page allocator was asked
 * before, or the size of --piece. The offsets are random, but the same in each
 * run.
 *
 * Prints the members of a JSON object.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define PAGE		4096ul
#define MAX_DEPTH	512
#define MAX_FILES	64
#define MAX_JOBS	16

static struct {
	const char	*files[MAX_FILES];
	unsigned int	nr_files;
	unsigned int	jobs;
	bool		write;
	size_t		size;
	unsigned int	depth;
	unsigned int	batch;
	unsigned int	warm;
	unsigned int	ios;
	unsigned int	window;
	size_t		piece;
} opt = { .piece = PAGE, .size = 4096, .depth = 1, .batch = 1, .jobs = 1, .ios = 1000 };

static const char usage[] =
"usage: bench-load --file DEVICE... [--write] [--size BYTES] [--depth N] [--batch N]\n"
"                  [--jobs N] [--ios N] [--warm N] [--window NUMBER] [--piece BYTES]\n"
"\n"
"  --file     a device; when there are several, the I/Os of a queue go to each in turn\n"
"  --write    write; without it, read\n"
"  --batch    I/Os of one submission, and completions it waits for, default 1\n"
"  --jobs     queues of that depth, the first on processor 0, and so on, default 1:\n"
"             one, on whatever processor\n"
"  --ios      I/Os that count, of all jobs together\n"
"  --warm     I/Os before those that count\n"
"  --window   number of the window for the instruction counter, 0 for none\n"
"  --piece    bytes of a buffer that lie side by side in memory, default 4096; more\n"
"             needs transparent huge pages of that size\n";

struct job {
	aio_context_t	ctx;
	struct iocb	iocbs[MAX_DEPTH];
	uint64_t	begun[MAX_DEPTH];
	uint64_t	random;
	unsigned int	number;
	pthread_t	thread;
};

static struct job jobs[MAX_JOBS];
static int fds[MAX_FILES];
static uint64_t blocks;
static atomic_uint completed;		/* by all jobs */
static uint64_t *latency;		/* of those that count, ns */
static uint64_t start, end;		/* of the window */
static mark_fn open_window, close_window;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t next_random(struct job *job)
{
	uint64_t x = job->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	job->random = x;
	return x;
}

static void *fresh(size_t size)
{
	size_t room = size + opt.piece;
	char *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	p = (char *)(((uintptr_t)p + opt.piece - 1) / opt.piece * opt.piece);
	if (madvise(p, size, opt.piece > PAGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("madvise");
	return p;
}

/* What is at @address is in that frame of memory. */
static uint64_t frame_of(const char *address)
{
	static int fd = -1;
	uint64_t entry;

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY);
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)address / PAGE * sizeof(entry)) !=
	    sizeof(entry))
		die("/proc/self/pagemap");
	return entry & ((1ull << 55) - 1);
}

/* Pages are side by side within a piece, and never from one to the next. */
static bool in_pieces(const char *buffer, size_t size)
{
	size_t i;

	for (i = PAGE; i < size; i += PAGE)
		if ((frame_of(buffer + i) == frame_of(buffer + i - PAGE) + 1) != !!(i % opt.piece))
			return false;
	return true;
}

/*
 * Fresh pages mostly come one behind the other. Every second piece that comes
 * goes elsewhere, and what has not become as it should is not used.
 */
static void *buffer_in_pieces(size_t size)
{
	char *buffer, *between;
	unsigned int tries;
	size_t i;

	for (tries = 0; tries < 16; tries++) {
		buffer = fresh(size);
		between = fresh(size);
		for (i = 0; i < size; i += opt.piece) {
			memset(buffer + i, i / opt.piece + 1, opt.piece);
			between[i] = 1;
		}
		if (mlock(buffer, size) || mlock(between, size))
			die("mlock");
		if (in_pieces(buffer, size))
			return buffer;
	}
	fprintf(stderr, "no buffer is in pieces of %zu bytes\n", opt.piece);
	exit(1);
}

static void open_files(void)
{
	uint64_t bytes;
	unsigned int i;

	for (i = 0; i < opt.nr_files; i++) {
		fds[i] = open(opt.files[i], O_RDWR | O_DIRECT);
		if (fds[i] < 0)
			die(opt.files[i]);
		if (ioctl(fds[i], BLKGETSIZE64, &bytes))
			die("BLKGETSIZE64");
		if (!i || bytes / opt.size < blocks)
			blocks = bytes / opt.size;
	}
}

static void set_up(struct job *job, unsigned int number)
{
	struct iocb *iocb;
	unsigned int i;

	job->number = number;
	job->random = 0x2545f4914f6cdd1d + number;
	if (syscall(SYS_io_setup, opt.depth, &job->ctx))
		die("io_setup");
	for (i = 0; i < opt.depth; i++) {
		iocb = &job->iocbs[i];
		iocb->aio_fildes = fds[(number * opt.depth + i) % opt.nr_files];
		iocb->aio_lio_opcode = opt.write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
		iocb->aio_buf = (uintptr_t)buffer_in_pieces(opt.size);
		iocb->aio_nbytes = opt.size;
		iocb->aio_data = i;
	}
}

static void submit(struct job *job, struct iocb **list, unsigned int n)
{
	unsigned int i;
	long done;

	for (i = 0; i < n; i++) {
		list[i]->aio_offset = next_random(job) % blocks * opt.size;
		job->begun[list[i]->aio_data] = now_ns();
	}
	while (n) {
		done = syscall(SYS_io_submit, job->ctx, n, list);
		if (done < 0)
			die("io_submit");
		list += done;
		n -= done;
	}
}

/* Wait for a batch; the I/Os that ended are put into @list. */
static unsigned int reap(struct job *job, struct iocb **list, uint64_t *took)
{
	struct io_event events[MAX_DEPTH];
	uint64_t now;
	long i, n;

	do
		n = syscall(SYS_io_getevents, job->ctx, opt.batch, opt.batch, events, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		die("io_getevents");
	now = now_ns();
	for (i = 0; i < n; i++) {
		if ((size_t)events[i].res != opt.size) {
			fprintf(stderr, "an I/O failed: %lld\n", (long long)events[i].res);
			exit(1);
		}
		list[i] = &job->iocbs[events[i].data];
		took[i] = now - job->begun[events[i].data];
	}
	return n;
}

static void fill(struct job *job)
{
	struct iocb *list[MAX_DEPTH];
	unsigned int i;

	for (i = 0; i < opt.depth; i++)
		list[i] = &job->iocbs[i];
	submit(job, list, opt.depth);
}

static void empty(struct job *job)
{
	struct io_event events[MAX_DEPTH];

	if (syscall(SYS_io_getevents, job->ctx, opt.depth, opt.depth, events, NULL) != opt.depth)
		die("io_getevents");
}

static void open_now(void)
{
	open_window();
	start = now_ns();
}

static void run(struct job *job)
{
	const unsigned int last = opt.warm + opt.ios;
	struct iocb *list[MAX_DEPTH];
	uint64_t took[MAX_DEPTH];
	unsigned int before, n, i;

	fill(job);
	do {
		n = reap(job, list, took);
		before = atomic_fetch_add(&completed, n);
		for (i = before; i < before + n; i++)
			if (i >= opt.warm && i < last)
				latency[i - opt.warm] = took[i - before];
		submit(job, list, n);
		if (before < opt.warm && before + n >= opt.warm)
			open_now();
	} while (before + n < last);
	if (before < last) {
		end = now_ns();
		close_window();
	}
	empty(job);
}

static void *run_on_processor(void *arg)
{
	struct job *job = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(job->number, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	run(job);
	return NULL;
}

static void run_jobs(void)
{
	unsigned int i;

	for (i = 0; i < opt.jobs; i++)
		if (pthread_create(&jobs[i].thread, NULL, run_on_processor, &jobs[i]))
			die("pthread_create");
	for (i = 0; i < opt.jobs; i++)
		pthread_join(jobs[i].thread, NULL);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile_us(const uint64_t *sorted, double p)
{
	return sorted[(size_t)(p / 100 * (opt.ios - 1) + 0.5)] / 1e3;
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "write", no_argument, NULL, 'w' },
		{ "size", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "depth", required_argument, NULL, 'd' },
		{ "batch", required_argument, NULL, 'b' },
		{ "ios", required_argument, NULL, 'n' },
		{ "warm", required_argument, NULL, 'm' },
		{ "window", required_argument, NULL, 'o' },
		{ "piece", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 'f':
			if (opt.nr_files < MAX_FILES)
				opt.files[opt.nr_files++] = optarg;
			break;
		case 'j':
			opt.jobs = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			opt.write = true;
			break;
		case 's':
			opt.size = strtoul(optarg, NULL, 0);
			break;
		case 'd':
			opt.depth = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			opt.batch = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			opt.ios = strtoul(optarg, NULL, 0);
			break;
		case 'm':
			opt.warm = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			opt.window = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			opt.piece = strtoul(optarg, NULL, 0);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	if (!opt.nr_files || !opt.jobs || opt.jobs > MAX_JOBS ||
	    !opt.depth || opt.depth > MAX_DEPTH || !opt.batch || !opt.ios ||
	    opt.depth % opt.batch || opt.ios % opt.batch || opt.warm % opt.batch ||
	    !opt.size || opt.size % 512 ||
	    !opt.piece || opt.piece % PAGE) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	unsigned int i;

	options(argc, argv);
	open_window = mark_make(opt.window);
	close_window = mark_make(0);
	latency = calloc(opt.ios, sizeof(*latency));
	if (!latency)
		die("calloc");
	memset(latency, 1, opt.ios * sizeof(*latency));
	open_files();
	for (i = 0; i < opt.jobs; i++)
		set_up(&jobs[i], i);
	if (!opt.warm)
		open_now();
	if (opt.jobs == 1)
		run(&jobs[0]);
	else
		run_jobs();
	qsort(latency, opt.ios, sizeof(*latency), compare);
	printf("\"ios\": %u, \"seconds\": %.3f, ", opt.ios, (end - start) / 1e9);
	printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f\n",
	       percentile_us(latency, 50), percentile_us(latency, 99),
	       percentile_us(latency, 99.9));
	return 0;
}
