/*-------------------------------------------------------------------------
 *
 * item.c
 *	  Posts and crawl errors as JSON, in the spellings that the crawlers use:
 *	  mostly the newer one (content.view_count), now and then the older
 *	  (interaction.views, author.followers), numbers as text among them.
 *
 *-------------------------------------------------------------------------
 */
#include "item.h"

#include <string.h>

#include "words.h"

#define COMMENTS_PER_POST 5

typedef struct ErrorKind
{
	const char *code; /* NULL: the item names none */
	const char *message;
} ErrorKind;

static const ErrorKind error_kinds[] = {
	{"RATE_LIMITED", "too many requests"},
	{"ACCESS_DENIED", "login required"},
	{"CONTENT_REMOVED", "video was removed by its author"},
	{"CONTENT_NOT_FOUND", "no such video"},
	{"NETWORK_ERROR", "connection reset by peer"},
	{"TIMEOUT", "no answer in 30 s"},
	{"PARSE_ERROR", "unexpected page layout"},
	{"MEDIA_DOWNLOAD_FAILED", "video stream ended early"},
	{"UPLOAD_FAILED", "bucket refused the upload"},
	{"GEO_BLOCKED", "not available in this region"},
	{NULL, NULL},
};

void
add_timestamp(Buffer *buffer, time_t at)
{
	struct tm fields;
	char text[32];

	gmtime_r(&at, &fields);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &fields);
	buffer_text(buffer, text);
}

static bool
is_youtube(const ItemFrame *frame)
{
	return strcmp(frame->platform, "youtube") == 0;
}

void
item_id(const ItemFrame *frame, char id[24])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t number = frame->workload % 100000000 * 1000000000 + frame->serial;

	if (!is_youtube(frame))
	{
		number += UINT64_C(7000000000000000000);
		for (int i = 18; i >= 0; i--, number /= 10)
			id[i] = (char) ('0' + number % 10);
		id[19] = '\0';
		return;
	}
	number = random_mix(number);
	for (int i = 0; i < 11; i++, number >>= 6)
		id[i] = alphabet[number & 63];
	id[11] = '\0';
}

static void
add_permalink(Buffer *buffer, const ItemFrame *frame, const char *id,
			  const char *person)
{
	if (is_youtube(frame))
		buffer_printf(buffer, "https://www.youtube.com/watch?v=%s", id);
	else
		buffer_printf(buffer, "https://www.tiktok.com/@%s/video/%s", person,
					  id);
}

/* meta up to, and without, its fetch_status */
static void
add_meta(Buffer *buffer, Random *random, const ItemFrame *frame,
		 const char *id, const char *person)
{
	time_t age = (time_t) random_below(random, 30 * 86400);

	buffer_printf(buffer,
				  "{\"meta\":{\"id\":\"%s\",\"platform\":\"%s\","
				  "\"job_id\":\"%s\",\"task_type\":\"research_and_crawl\","
				  "\"crawled_at\":\"",
				  id, frame->platform, frame->job_id);
	add_timestamp(buffer, frame->crawled_at);
	buffer_text(buffer, "\",\"published_at\":\"");
	add_timestamp(buffer, frame->crawled_at - age);
	buffer_text(buffer, "\",\"permalink\":\"");
	add_permalink(buffer, frame, id, person);
	buffer_printf(buffer,
				  "\",\"keyword_source\":\"%s\",\"lang\":\"vi\","
				  "\"region\":\"VN\",\"pipeline_version\":\"crawler_%s_v3\",",
				  frame->keyword, frame->platform);
}

/* ---- posts ---- */

/* Few posts are seen by many: views are spread evenly over magnitudes. */
static ItemCounts
make_counts(Random *random)
{
	ItemCounts counts = {0};

	counts.views = random_next(random) >> (44 + random_below(random, 18));
	counts.likes = counts.views / (8 + random_below(random, 40));
	counts.comments = counts.likes / (5 + random_below(random, 40));
	counts.shares = counts.likes / (10 + random_below(random, 90));
	counts.saves = counts.likes / (10 + random_below(random, 90));
	return counts;
}

static void
add_counts(Buffer *buffer, const ItemCounts *counts)
{
	buffer_printf(
		buffer,
		"\"view_count\":%lu,\"like_count\":%lu,\"comment_count\":%lu,"
		"\"share_count\":%lu,\"save_count\":%lu,",
		(unsigned long) counts->views, (unsigned long) counts->likes,
		(unsigned long) counts->comments, (unsigned long) counts->shares,
		(unsigned long) counts->saves);
}

/* The older spelling, views as text as some crawler versions have it. */
static void
add_interaction(Buffer *buffer, const ItemCounts *counts, const char *name)
{
	buffer_printf(
		buffer,
		"\"%s\":{\"views\":\"%lu\",\"likes\":%lu,"
		"\"comments_count\":%lu,\"shares\":%lu,\"saves\":%lu},",
		name, (unsigned long) counts->views, (unsigned long) counts->likes,
		(unsigned long) counts->comments, (unsigned long) counts->shares,
		(unsigned long) counts->saves);
}

static void
add_comments(Buffer *buffer, Random *random, const ItemFrame *frame,
			 const char *id, bool alias)
{
	buffer_text(buffer, "\"comments\":[");
	for (int i = 0; i < COMMENTS_PER_POST; i++)
	{
		buffer_printf(buffer,
					  "%s{\"external_id\":\"%s%d\",\"author_username\":\"%s\","
					  "\"text\":\"",
					  i > 0 ? "," : "", id, i, words_person(random));
		words_sentences(buffer, random, 0);
		buffer_printf(buffer, "\",\"%s\":%d,\"created_at\":\"",
					  alias ? "likes" : "like_count",
					  (int) random_below(random, 300));
		add_timestamp(buffer, frame->crawled_at -
								  (time_t) random_below(random, 86400));
		buffer_text(buffer, "\"}");
	}
	buffer_text(buffer, "]");
}

/* The count of followers is made with them. */
static void
add_author(Buffer *buffer, Random *random, const char *person, bool alias,
		   ItemCounts *counts)
{
	counts->followers = random_next(random) >> (45 + random_below(random, 16));

	buffer_printf(buffer,
				  "\"author\":{\"username\":\"%s\",\"display_name\":\"%s\","
				  "\"%s\":%lu,\"%s\":%s},",
				  person, person, alias ? "followers" : "follower_count",
				  (unsigned long) counts->followers,
				  alias ? "is_verified" : "verified",
				  random_chance(random, 0.1) ? "true" : "false");
}

/* A signed address of the picture, which no compression makes smaller. */
static void
add_cover(Buffer *buffer, Random *random, const char *id)
{
	buffer_printf(buffer,
				  "\"cover_url\":\"https://media.example/%s.jpeg"
				  "?x-signature=",
				  id);
	for (int i = 0; i < 6; i++)
		buffer_printf(buffer, "%016llx",
					  (unsigned long long) random_next(random));
	buffer_text(buffer, "\",");
}

/* What comes after the transcription takes about so many bytes. */
#define BYTES_AFTER_TEXT 280

static void
add_content(Buffer *buffer, Random *random, const ItemFrame *frame,
			const char *id, const char *person, const ItemCounts *counts,
			bool alias, size_t end)
{
	buffer_printf(buffer, "\"content\":{\"external_id\":\"%s\",\"url\":\"",
				  id);
	add_permalink(buffer, frame, id, person);
	buffer_text(buffer, "\",");
	add_cover(buffer, random, id);
	buffer_printf(buffer, "\"%s\":\"", alias ? "text" : "description");
	words_sentences(buffer, random, 200);
	buffer_text(buffer, "\",\"transcription\":\"");
	if (buffer->length < end)
		words_sentences(buffer, random, end - buffer->length);
	buffer_text(buffer, "\",");
	if (!alias)
		add_counts(buffer, counts);
	buffer_printf(buffer, "\"duration_seconds\":%d,\"tags\":[\"%s\",\"%s\"]},",
				  10 + (int) random_below(random, 600), words_tag(random),
				  words_tag(random));
}

void
item_post(Buffer *buffer, Random *random, const ItemFrame *frame,
		  ItemCounts *counts)
{
	size_t end = buffer->length + frame->bytes - BYTES_AFTER_TEXT;
	const char *person = words_person(random);
	bool alias = random_chance(random, frame->alias_share);
	char id[24];

	*counts = make_counts(random);
	item_id(frame, id);
	add_meta(buffer, random, frame, id, person);
	buffer_text(buffer, "\"fetch_status\":\"success\",\"fetch_error\":null,"
						"\"error_code\":null,\"error_details\":{}},");
	add_comments(buffer, random, frame, id, alias);
	buffer_text(buffer, ",");
	if (alias)
		add_interaction(buffer, counts,
						frame->serial % 2 ? "interaction" : "interactions");
	add_author(buffer, random, person, alias, counts);
	add_content(buffer, random, frame, id, person, counts, alias, end);
	buffer->data[--buffer->length] = '\0'; /* the last comma */
	buffer_text(buffer, "}");
}

/* ---- errors ---- */

void
item_error(Buffer *buffer, Random *random, const ItemFrame *frame)
{
	size_t count = sizeof(error_kinds) / sizeof(error_kinds[0]);
	const ErrorKind *kind = &error_kinds[random_below(random, count)];
	bool alias = random_chance(random, frame->alias_share);
	char id[24];

	item_id(frame, id);
	add_meta(buffer, random, frame, id, words_person(random));
	buffer_text(buffer, "\"fetch_status\":\"error\"");
	if (kind->code != NULL)
		buffer_printf(buffer,
					  ",\"%s\":\"%s\",\"error_code\":\"%s\","
					  "\"error_details\":{\"attempt\":%d}",
					  alias ? "error_message" : "fetch_error", kind->message,
					  kind->code, 1 + (int) random_below(random, 3));
	buffer_text(buffer, "},\"content\":null,\"author\":null,\"comments\":[]}");
}
