// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzzer's function once for each file named on the command line, so
 * that inputs which once mattered are tried again by every check, without the
 * fuzzer's compiler. Prints KTAP; the name of a test is that of the file.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pure_user.h"

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

/* Exact memory: the input's end is the allocation's end. */
static u8 *load(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	u8 *bytes = NULL;
	long len;

	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END)) {
		len = ftell(file);
		rewind(file);
		bytes = len < 0 ? NULL : malloc((size_t)len + !len);
		*size = (size_t)len;
		if (bytes && fread(bytes, 1, *size, file) != *size) {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(file);
	return bytes;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
	int failed = 0;
	size_t size;
	u8 *bytes;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		bytes = load(argv[i], &size);
		if (bytes) {
			LLVMFuzzerTestOneInput(bytes, size);
		} else {
			printf("# %s cannot be read\n", argv[i]);
			failed = 1;
		}
		printf("%s %d - corpus/%s\n", bytes ? "ok" : "not ok", i,
		       base_name(argv[i]));
		free(bytes);
	}
	return failed;
}
