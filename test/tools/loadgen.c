/*-------------------------------------------------------------------------
 *
 * loadgen.c
 *	  Load generator for analytics: makes seeded workloads of batches, stores
 *	  them, publishes their events, and says what must come of them.
 *
 * The same arguments always make the same bytes: nothing here reads the clock
 * or the machine for content.  It never reads from the database that it
 * loads; `expect` answers from the manifest alone, so that a test compares
 * two independent accounts.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <string.h>

#include "loadgen.h"

static const struct
{
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{"generate", command_generate,
	 "--out DIR [--store DIR] [--s3 URL] [--tiktok N] [--youtube N] ...\n"
	 "      make batches; DIR gets manifest.tsv and events.jsonl"},
	{"put", command_put,
	 "--s3 URL --bucket B (--key K --file FILE | --folder DIR) "
	 "[--meta name=value ...]\n"
	 "      store one object, or the files of a folder"},
	{"delete", command_delete,
	 "--s3 URL --bucket B --key K\n      delete one object"},
	{"bucket", command_bucket, "--s3 URL --bucket B\n      make a bucket"},
	{"publish", command_publish,
	 "[--url AMQP_URL] (--events FILE | --body FILE) ...\n"
	 "      publish with confirms; prints confirmed, returned, seconds"},
	{"expect", command_expect,
	 "MANIFEST ...\n      the totals that a database must show"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int
usage(void)
{
	fprintf(stderr, "usage: loadgen COMMAND [--option VALUE ...]\n"
					"(--help after a command lists its options)\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].usage);
	fprintf(stderr, "\nS3 keys: S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION in "
					"the environment; the broker: AMQP_URL\n");
	return 2;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage();
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "loadgen: unknown command \"%s\"\n", argv[1]);
	return usage();
}
