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
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define PAGE		4096ul
#define MAX_DEPTH	512

static struct {
	const char	*file;
	bool		write;
	size_t		size;
	unsigned int	depth;
	unsigned int	batch;
	unsigned int	warm;
	unsigned int	ios;
	unsigned int	window;
	size_t		piece;
} opt = { .piece = PAGE, .size = 4096, .depth = 1, .batch = 1, .ios = 1000 };

static const char usage[] =
"usage: bench-load --file DEVICE [--write] [--size BYTES] [--depth N] [--batch N]\n"
"                  [--ios N] [--warm N] [--window NUMBER] [--piece BYTES]\n"
"\n"
"  --write    write; without it, read\n"
"  --batch    I/Os of one submission, and completions it waits for, default 1\n"
"  --warm     I/Os before those that count\n"
"  --window   number of the window for the instruction counter, 0 for none\n"
"  --piece    bytes of a buffer that lie side by side in memory, default 4096; more\n"
"             needs transparent huge pages of that size\n";

static aio_context_t ctx;
static struct iocb iocbs[MAX_DEPTH];
static uint64_t begun[MAX_DEPTH];
static uint64_t blocks;

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

static uint64_t next_random(void)
{
	static uint64_t x = 0x2545f4914f6cdd1d;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
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

static void set_up(void)
{
	unsigned int i;
	uint64_t bytes;
	int fd;

	fd = open(opt.file, O_RDWR | O_DIRECT);
	if (fd < 0)
		die(opt.file);
	if (ioctl(fd, BLKGETSIZE64, &bytes))
		die("BLKGETSIZE64");
	blocks = bytes / opt.size;
	if (syscall(SYS_io_setup, opt.depth, &ctx))
		die("io_setup");
	for (i = 0; i < opt.depth; i++) {
		iocbs[i].aio_fildes = fd;
		iocbs[i].aio_lio_opcode = opt.write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
		iocbs[i].aio_buf = (uintptr_t)buffer_in_pieces(opt.size);
		iocbs[i].aio_nbytes = opt.size;
		iocbs[i].aio_data = i;
	}
}

static void submit(struct iocb **list, unsigned int n)
{
	unsigned int i;
	long done;

	for (i = 0; i < n; i++) {
		list[i]->aio_offset = next_random() % blocks * opt.size;
		begun[list[i]->aio_data] = now_ns();
	}
	while (n) {
		done = syscall(SYS_io_submit, ctx, n, list);
		if (done < 0)
			die("io_submit");
		list += done;
		n -= done;
	}
}

/* Wait for a batch; the I/Os that ended are put into @list. */
static unsigned int reap(struct iocb **list, uint64_t *latency)
{
	struct io_event events[MAX_DEPTH];
	uint64_t now;
	long i, n;

	do
		n = syscall(SYS_io_getevents, ctx, opt.batch, opt.batch, events, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		die("io_getevents");
	now = now_ns();
	for (i = 0; i < n; i++) {
		if ((size_t)events[i].res != opt.size) {
			fprintf(stderr, "an I/O failed: %lld\n", (long long)events[i].res);
			exit(1);
		}
		list[i] = &iocbs[events[i].data];
		if (latency)
			latency[i] = now - begun[events[i].data];
	}
	return n;
}

static void run(unsigned int ios, uint64_t *latency)
{
	struct iocb *list[MAX_DEPTH];
	unsigned int done = 0, n;

	while (done < ios) {
		n = reap(list, latency ? latency + done : NULL);
		submit(list, n);
		done += n;
	}
}

static void fill(void)
{
	struct iocb *list[MAX_DEPTH];
	unsigned int i;

	for (i = 0; i < opt.depth; i++)
		list[i] = &iocbs[i];
	submit(list, opt.depth);
}

static void empty(void)
{
	struct io_event events[MAX_DEPTH];

	if (syscall(SYS_io_getevents, ctx, opt.depth, opt.depth, events, NULL) != opt.depth)
		die("io_getevents");
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
			opt.file = optarg;
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
	if (!opt.file || !opt.depth || opt.depth > MAX_DEPTH || !opt.batch || !opt.ios ||
	    opt.depth % opt.batch || opt.ios % opt.batch || opt.warm % opt.batch ||
	    !opt.size || opt.size % 512 ||
	    !opt.piece || opt.piece % PAGE) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	mark_fn open_window, close_window;
	uint64_t *latency, start, ns;

	options(argc, argv);
	open_window = mark_make(opt.window);
	close_window = mark_make(0);
	latency = calloc(opt.ios, sizeof(*latency));
	if (!latency)
		die("calloc");
	memset(latency, 1, opt.ios * sizeof(*latency));
	set_up();
	fill();
	run(opt.warm, NULL);
	open_window();
	start = now_ns();
	run(opt.ios, latency);
	ns = now_ns() - start;
	close_window();
	empty();
	qsort(latency, opt.ios, sizeof(*latency), compare);
	printf("\"ios\": %u, \"seconds\": %.3f, ", opt.ios, ns / 1e9);
	printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f\n",
	       percentile_us(latency, 50), percentile_us(latency, 99),
	       percentile_us(latency, 99.9));
	return 0;
}
