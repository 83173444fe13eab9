/*-------------------------------------------------------------------------
 *
 * expect.c
 *	  The command expect: what a database must show once every event of the
 *	  manifests was processed, as lines NAME=NUMBER.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen.h"
#include "support.h"

#define COLUMNS 9

typedef struct Totals
{
	const char *name; /* prefix of the lines */
	long batches;
	long items;
	long posts;
	long errors;
	long mismatches; /* batches of another than the usual size */
	long without_project;
} Totals;

static void
add_batch(Totals *totals, char *const columns[COLUMNS])
{
	long expected = strtol(columns[3], NULL, 10);
	long actual = strtol(columns[4], NULL, 10);

	totals->batches++;
	totals->items += actual;
	totals->posts += strtol(columns[5], NULL, 10);
	totals->errors += strtol(columns[6], NULL, 10);
	totals->mismatches += expected != actual;
	totals->without_project += columns[7][0] == '\0';
}

static void
print_totals(const Totals *totals)
{
	printf("%sbatches=%ld\n%sitems=%ld\n%sposts=%ld\n%serrors=%ld\n"
		   "%smismatches=%ld\n%swithout_project=%ld\n",
		   totals->name, totals->batches, totals->name, totals->items,
		   totals->name, totals->posts, totals->name, totals->errors,
		   totals->name, totals->mismatches, totals->name,
		   totals->without_project);
}

static void
read_manifest(const char *path, Totals *all, Totals *tiktok, Totals *youtube)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		die("could not open \"%s\": %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0)
	{
		char *columns[COLUMNS];
		char *rest = line;

		for (int i = 0; i < COLUMNS; i++)
			columns[i] = strsep(&rest, "\t");
		if (columns[COLUMNS - 1] == NULL)
			die("\"%s\" is no manifest: a line has fewer than %d columns",
				path, COLUMNS);
		add_batch(all, columns);
		add_batch(strcmp(columns[2], "youtube") == 0 ? youtube : tiktok,
				  columns);
	}
	free(line);
	fclose(file);
}

int
command_expect(int argc, char **argv)
{
	const Option options[] = {{NULL, 0, NULL, NULL}};
	Totals all = {.name = ""};
	Totals tiktok = {.name = "tiktok."};
	Totals youtube = {.name = "youtube."};
	TextList manifests = {0};

	options_parse(argc, argv, options, &manifests);
	if (manifests.count == 0)
		die("expect needs the name of a manifest");
	for (int i = 0; i < manifests.count; i++)
		read_manifest(manifests.texts[i], &all, &tiktok, &youtube);
	print_totals(&all);
	print_totals(&tiktok);
	print_totals(&youtube);
	return 0;
}
