/*-------------------------------------------------------------------------
 *
 * workload.c
 *	  The command generate: batches of items, their events, and the manifests.
 *
 * A batch follows from the seed, the workload's name and its own number
 * alone, whatever the order they are made in.  Jobs of ten batches belong to
 * one project and one subject; among them are projects named by UUID,
 * competitors with a hyphen in their name, events without a project, and dry
 * runs.
 *
 * Columns of the manifest: event_id, object (bucket/key), platform, expected
 * (the platform's usual size), actual, success, error, project_id (empty:
 * none), SHA-256 of the object as stored.
 *
 * Columns of items.tsv, a line for each item: event_id, index in its batch,
 * post or error, id, project_id (empty: none), crawled_at; and of a post what
 * the item says of views, likes, comments, shares, saves and followers (of an
 * error zeros).
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "item.h"
#include "loadgen.h"
#include "s3.h"
#include "words.h"

#define BATCHES_PER_JOB 10
#define FIRST_CRAWL 1764990000 /* 2025-12-06 03:00 UTC */
#define ZSTD_LEVEL 3

typedef enum Marking
{
	MARK_META,   /* both of the crawlers' metadata fields */
	MARK_SUFFIX, /* key ends in .zst */
	MARK_ENCODING,
	MARK_NONE, /* the magic number has to do */
	MARK_COUNT
} Marking;

typedef struct Workload
{
	const char *out;
	const char *store;
	const char *endpoint;
	const char *ca_file;
	const char *bucket;
	const char *name;
	const char *compress;
	long seed;
	long tiktok;
	long youtube;
	long tiktok_size;
	long youtube_size;
	long tiktok_bytes;
	long youtube_bytes;
	long projects;
	long parallel;
	double error_share;
	double odd_share;
	double alias_share;

	S3Client *s3;
	ZSTD_CCtx *zstd;
	FILE *manifest;
	FILE *events;
	FILE *items;
	uint64_t hash;
} Workload;

typedef struct BatchPlan
{
	Random random;
	const char *platform;
	long number; /* in the whole workload */
	long expected;
	long actual;
	long success;
	long errors;
	long index;
	size_t item_bytes;
	char project[80];
	bool has_project;  /* rows have one */
	bool name_project; /* the event says it */
	const char *subject;
	char job_id[160];
	char key[256];
	char event_id[80];
	const char *keyword;
	time_t crawled_at;
	bool compressed;
	Marking marking;
} BatchPlan;

static const char *const subjects[] = {"brand", "toyota", "mercedes-benz",
									   "hyundai", "brand"};

#define SUBJECT_COUNT ((long) (sizeof(subjects) / sizeof(subjects[0])))

/* ---- planning ---- */

static void
make_uuid(uint64_t seed, char uuid[40])
{
	uint64_t high = random_mix(seed);
	uint64_t low = random_mix(high + 1);

	snprintf(uuid, 40, "%08x-%04x-4%03x-8%03x-%012llx",
			 (unsigned) (high >> 32), (unsigned) (high >> 16 & 0xffff),
			 (unsigned) (high & 0xfff), (unsigned) (low >> 48 & 0xfff),
			 (unsigned long long) (low & 0xffffffffffff));
}

/* Each job's project and subject, and how much of it the event names. */
static void
plan_job(const Workload *workload, BatchPlan *plan)
{
	long job = plan->number / BATCHES_PER_JOB;
	long project = job % workload->projects;
	long nth = job / workload->projects;
	char uuid[40];

	make_uuid(workload->hash + (uint64_t) project, uuid);
	plan->subject = subjects[nth % SUBJECT_COUNT];
	plan->has_project = job % 16 != 13;
	if (!plan->has_project)
	{
		/* a dry run: its job id is a UUID, and any project is ignored */
		make_uuid(workload->hash - (uint64_t) job, plan->job_id);
		snprintf(plan->project, sizeof(plan->project), "proj_ignored");
		plan->name_project = job % 32 == 13;
		return;
	}
	if (project % 3 == 1)
		snprintf(plan->project, sizeof(plan->project), "%s", uuid);
	else
		snprintf(plan->project, sizeof(plan->project), "proj_%.40s%ld",
				 workload->name, project);
	plan->name_project = strchr(plan->subject, '-') != NULL || job % 7 != 5;
	snprintf(plan->job_id, sizeof(plan->job_id), "%s-%s-%ld", plan->project,
			 plan->subject, nth);
}

static long
plan_size(const Workload *workload, BatchPlan *plan, long usual)
{
	if (!random_chance(&plan->random, workload->odd_share))
		return usual;
	switch (random_below(&plan->random, 5))
	{
		case 0:
			return 0;
		case 1:
			return 1;
		case 2:
			return plan->expected - 1;
		case 3:
			return plan->expected + 13;
		default:
			return (long) random_below(&plan->random,
									   (uint64_t) plan->expected);
	}
}

static void
plan_object(const Workload *workload, BatchPlan *plan)
{
	bool zstd = strcmp(workload->compress, "zstd") == 0;
	bool mixed = strcmp(workload->compress, "mixed") == 0;

	plan->compressed = zstd || (mixed && plan->number % 2 == 0);
	plan->marking = (Marking) (random_below(&plan->random, MARK_COUNT));
	snprintf(plan->key, sizeof(plan->key), "%s/%s/%s/batch_%03ld.json%s",
			 plan->platform, plan->has_project ? plan->project : plan->job_id,
			 plan->subject, plan->number,
			 plan->compressed && plan->marking == MARK_SUFFIX ? ".zst" : "");
}

static void
plan_batch(const Workload *workload, long number, BatchPlan *plan)
{
	bool youtube = number >= workload->tiktok;

	*plan = (BatchPlan){.number = number};
	plan->random.state = random_mix(workload->hash + (uint64_t) number);
	plan->platform = youtube ? "youtube" : "tiktok";
	plan->expected = youtube ? 20 : 50;
	plan->item_bytes =
		(size_t) (youtube ? workload->youtube_bytes : workload->tiktok_bytes);
	plan->index = number % BATCHES_PER_JOB + 1;
	plan_job(workload, plan);
	plan->actual =
		plan_size(workload, plan,
				  youtube ? workload->youtube_size : workload->tiktok_size);
	plan->keyword = words_keyword(&plan->random);
	plan->crawled_at = FIRST_CRAWL + number * 7;
	snprintf(plan->event_id, sizeof(plan->event_id), "evt_%.40s_%06ld",
			 workload->name, number);
	plan_object(workload, plan);
}

/* ---- making ---- */

static void
record_item(const Workload *workload, const BatchPlan *plan,
			const ItemFrame *frame, long index, const char *kind,
			const ItemCounts *counts)
{
	Buffer crawled_at = {0};
	char id[24];

	item_id(frame, id);
	add_timestamp(&crawled_at, frame->crawled_at);
	fprintf(workload->items,
			"%s\t%ld\t%s\t%s\t%s\t%s\t%lu\t%lu\t%lu\t%lu\t%lu\t%lu\n",
			plan->event_id, index, kind, id,
			plan->has_project ? plan->project : "", crawled_at.data,
			(unsigned long) counts->views, (unsigned long) counts->likes,
			(unsigned long) counts->comments, (unsigned long) counts->shares,
			(unsigned long) counts->saves, (unsigned long) counts->followers);
	buffer_free(&crawled_at);
}

static void
make_items(const Workload *workload, BatchPlan *plan, Buffer *json)
{
	ItemFrame frame = {.platform = plan->platform,
					   .job_id = plan->job_id,
					   .keyword = plan->keyword,
					   .crawled_at = plan->crawled_at,
					   .workload = workload->hash,
					   .bytes = plan->item_bytes,
					   .alias_share = workload->alias_share};

	buffer_text(json, "[");
	for (long i = 0; i < plan->actual; i++)
	{
		bool error = random_chance(&plan->random, workload->error_share);
		ItemCounts counts = {0};

		frame.serial = (uint64_t) (plan->number * 1000 + i);
		if (i > 0)
			buffer_text(json, ",\n");
		if (error)
			item_error(json, &plan->random, &frame);
		else
			item_post(json, &plan->random, &frame, &counts);
		record_item(workload, plan, &frame, i, error ? "error" : "post",
					&counts);
		plan->errors += error;
		plan->success += !error;
	}
	buffer_text(json, "]\n");
}

static void
compress(const Workload *workload, Buffer *json)
{
	Buffer packed = {0};
	size_t length;

	buffer_reserve(&packed, ZSTD_compressBound(json->length));
	length = ZSTD_compressCCtx(workload->zstd, packed.data, packed.size,
							   json->data, json->length, ZSTD_LEVEL);
	if (ZSTD_isError(length))
		die("could not compress: %s", ZSTD_getErrorName(length));
	packed.length = length;
	buffer_free(json);
	*json = packed;
}

static void
add_event(const Workload *workload, const BatchPlan *plan, Buffer *event)
{
	buffer_printf(event,
				  "{\"event_id\":\"%s\",\"event_type\":\"data.collected\","
				  "\"timestamp\":\"",
				  plan->event_id);
	add_timestamp(event, plan->crawled_at + 5);
	buffer_printf(event, "\",\"payload\":{\"minio_path\":\"%s/%s\",",
				  workload->bucket, plan->key);
	if (plan->name_project)
		buffer_printf(event, "\"project_id\":\"%s\",", plan->project);
	else
		buffer_text(event, "\"project_id\":null,");
	buffer_printf(event,
				  "\"job_id\":\"%s\",\"batch_index\":%ld,"
				  "\"content_count\":%ld,\"total_batches\":%d,"
				  "\"platform\":\"%s\",\"task_type\":\"research_and_crawl\","
				  "\"keyword\":\"%s\"}}\n",
				  plan->job_id, plan->index, plan->actual, BATCHES_PER_JOB,
				  plan->platform, plan->keyword);
}

static void
write_records(const Workload *workload, const BatchPlan *plan,
			  const Buffer *object)
{
	Buffer event = {0};
	char hash[65];

	sha256_hex(object->data, object->length, hash);
	fprintf(workload->manifest, "%s\t%s/%s\t%s\t%ld\t%ld\t%ld\t%ld\t%s\t%s\n",
			plan->event_id, workload->bucket, plan->key, plan->platform,
			plan->expected, plan->actual, plan->success, plan->errors,
			plan->has_project ? plan->project : "", hash);
	add_event(workload, plan, &event);
	fwrite(event.data, 1, event.length, workload->events);
	buffer_free(&event);
}

static void
store_object(const Workload *workload, const BatchPlan *plan, Buffer *object)
{
	S3Headers headers = {0};

	if (workload->store != NULL)
	{
		Buffer path = {0};

		buffer_printf(&path, "%s/%s/%s", workload->store, workload->bucket,
					  plan->key);
		write_whole_file(path.data, object->data, object->length);
		buffer_free(&path);
	}
	if (workload->s3 == NULL)
		return;
	if (plan->compressed && plan->marking == MARK_META)
	{
		s3_header(&headers, "x-amz-meta-compressed", "true");
		s3_header(&headers, "x-amz-meta-compression-algorithm", "zstd");
	}
	if (plan->compressed && plan->marking == MARK_ENCODING)
		s3_header(&headers, "content-encoding", "zstd");
	s3_request(workload->s3, "PUT", workload->bucket, plan->key, &headers,
			   object);
}

/* ---- the command ---- */

static FILE *
create_record(const char *folder, const char *name)
{
	Buffer path = {0};
	FILE *file;

	buffer_printf(&path, "%s/%s", folder, name);
	make_folders(path.data);
	file = fopen(path.data, "wb");
	if (file == NULL)
		die("could not create \"%s\"", path.data);
	buffer_free(&path);
	return file;
}

static void
close_record(FILE *file, const char *name)
{
	if (ferror(file) || fclose(file) != 0)
		die("could not write %s", name);
}

static void
check_workload(const Workload *workload)
{
	if (workload->out == NULL)
		die("generate needs --out, a folder for manifest.tsv and "
			"events.jsonl");
	if (strspn(workload->name,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789") != strlen(workload->name) ||
		strlen(workload->name) > 40)
		die("--name takes at most 40 letters and digits, not \"%.100s\"",
			workload->name);
	if (strcmp(workload->compress, "none") != 0 &&
		strcmp(workload->compress, "zstd") != 0 &&
		strcmp(workload->compress, "mixed") != 0)
		die("--compress takes none, zstd or mixed, not \"%.100s\"",
			workload->compress);
	if (workload->projects < 1)
		die("--projects takes a number from 1");
	if (workload->tiktok_size > 1000 || workload->youtube_size > 1000)
		die("a batch has at most 1000 items here");
}

static void
parse_workload(int argc, char **argv, Workload *workload)
{
	const Option options[] = {
		{"out", OPTION_TEXT, &workload->out,
		 "folder for manifest.tsv, events.jsonl and items.tsv"},
		{"store", OPTION_TEXT, &workload->store,
		 "write objects to this folder, as bucket/key"},
		{"s3", OPTION_TEXT, &workload->endpoint,
		 "put objects to this S3 server"},
		{"cacert", OPTION_TEXT, &workload->ca_file, "CA of an https server"},
		{"bucket", OPTION_TEXT, &workload->bucket,
		 "bucket, which must exist (crawl-results)"},
		{"name", OPTION_TEXT, &workload->name,
		 "part of every event, project and post id (run)"},
		{"seed", OPTION_COUNT, &workload->seed, "seed (1)"},
		{"tiktok", OPTION_COUNT, &workload->tiktok, "TikTok batches (0)"},
		{"youtube", OPTION_COUNT, &workload->youtube, "YouTube batches (0)"},
		{"tiktok-size", OPTION_COUNT, &workload->tiktok_size,
		 "items of a TikTok batch (50)"},
		{"youtube-size", OPTION_COUNT, &workload->youtube_size,
		 "items of a YouTube batch (20)"},
		{"tiktok-bytes", OPTION_COUNT, &workload->tiktok_bytes,
		 "bytes of a TikTok item, roughly (3600)"},
		{"youtube-bytes", OPTION_COUNT, &workload->youtube_bytes,
		 "bytes of a YouTube item, roughly (12000)"},
		{"projects", OPTION_COUNT, &workload->projects, "projects (4)"},
		{"errors", OPTION_SHARE, &workload->error_share,
		 "share of error items (0.05)"},
		{"odd", OPTION_SHARE, &workload->odd_share,
		 "share of batches of another size (0)"},
		{"aliases", OPTION_SHARE, &workload->alias_share,
		 "share of items in the older spelling (0.1)"},
		{"compress", OPTION_TEXT, &workload->compress,
		 "none, zstd or mixed (none)"},
		{"parallel", OPTION_COUNT, &workload->parallel,
		 "requests to the S3 server at once (8)"},
		{NULL, 0, NULL, NULL}};

	options_parse(argc, argv, options, NULL);
	check_workload(workload);
}

static void
make_batch(Workload *workload, long number, long *items, double *bytes)
{
	BatchPlan plan;
	Buffer object = {0};

	plan_batch(workload, number, &plan);
	make_items(workload, &plan, &object);
	*items += plan.actual;
	*bytes += (double) object.length;
	if (plan.compressed)
		compress(workload, &object);
	write_records(workload, &plan, &object);
	store_object(workload, &plan, &object);
	buffer_free(&object);
}

int
command_generate(int argc, char **argv)
{
	Workload workload = {.bucket = "crawl-results",
						 .name = "run",
						 .compress = "none",
						 .seed = 1,
						 .tiktok_size = 50,
						 .youtube_size = 20,
						 .tiktok_bytes = 3600,
						 .youtube_bytes = 12000,
						 .projects = 4,
						 .parallel = 8,
						 .error_share = 0.05,
						 .alias_share = 0.1};
	double started = seconds_now();
	double bytes = 0;
	long items = 0;

	parse_workload(argc, argv, &workload);
	workload.hash = random_hash(workload.name, (uint64_t) workload.seed);
	workload.manifest = create_record(workload.out, "manifest.tsv");
	workload.events = create_record(workload.out, "events.jsonl");
	workload.items = create_record(workload.out, "items.tsv");
	workload.zstd = ZSTD_createCCtx();
	if (workload.endpoint != NULL)
		workload.s3 = s3_open(workload.endpoint, workload.ca_file,
							  (int) workload.parallel);
	for (long i = 0; i < workload.tiktok + workload.youtube; i++)
		make_batch(&workload, i, &items, &bytes);
	if (workload.s3 != NULL)
		s3_close(workload.s3);
	ZSTD_freeCCtx(workload.zstd);
	close_record(workload.manifest, "manifest.tsv");
	close_record(workload.events, "events.jsonl");
	close_record(workload.items, "items.tsv");
	printf("batches=%ld items=%ld bytes=%.0f seconds=%.3f\n",
		   workload.tiktok + workload.youtube, items, bytes,
		   seconds_now() - started);
	return 0;
}
