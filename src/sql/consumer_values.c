/*-------------------------------------------------------------------------
 *
 * consumer_values.c
 *	  Values of a row of analytics.consumers, each by itself.
 *
 * They are checked always, as none of them needs anything else to be looked up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "ingest/log_level.h"
#include "sql/consumer_row.h"

#define LONGEST_NAME 40
#define LONGEST_REASON 1000
#define SHORT_STRING 255 /* AMQP's */
#define MOST_ARGUMENTS 32
#define LONGEST_COMMIT_DELAY_S 10
#define SHORTEST_SCORER_TIMEOUT_MS 100
#define LONGEST_SCORER_TIMEOUT_S 300

void
consumer_check_name(ConsumerRow *row)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz"
								"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	row->name = consumer_text(row, row->tuple, "name");
	if (row->name == NULL || row->name[0] == '\0' ||
		strlen(row->name) > LONGEST_NAME ||
		strspn(row->name, valid) != strlen(row->name))
		consumer_refuse(
			row, "name",
			"A name of 1 to 40 letters, digits, hyphens and underscores is "
			"expected.");
	if (row->before != NULL && consumer_has_changed(row, "name"))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("consumer \"%s\" cannot be renamed",
							   consumer_text(row, row->before, "name")),
						errhint("Its counters bear its name: drop the "
								"consumer and create another.")));
}

static void
check_range(const ConsumerRow *row, const char *column, int minimum,
			int maximum)
{
	bool is_null;
	int value = DatumGetInt32(consumer_value(row, column, &is_null));

	if (is_null || value < minimum || value > maximum)
		consumer_refuse(
			row, column,
			psprintf("A number of %d to %d is expected.", minimum, maximum));
}

static void
check_short_string(const ConsumerRow *row, const char *column, size_t minimum)
{
	char *value = consumer_text(row, row->tuple, column);

	if (value == NULL || strlen(value) < minimum ||
		strlen(value) > SHORT_STRING)
		consumer_refuse(row, column,
						psprintf("A text of %zu to %d bytes is expected.",
								 minimum, SHORT_STRING));
}

static void
check_commit_delay(const ConsumerRow *row)
{
	bool is_null;
	Datum value = consumer_value(row, "commit_delay", &is_null);
	Interval *delay = is_null ? NULL : DatumGetIntervalP(value);

	if (delay == NULL || delay->month != 0 || delay->day != 0 ||
		delay->time < 0 ||
		delay->time > LONGEST_COMMIT_DELAY_S * USECS_PER_SEC)
		consumer_refuse(row, "commit_delay",
						"An interval of 0 to 10 seconds is expected.");
}

static void
check_scorer_timeout(const ConsumerRow *row)
{
	bool is_null;
	Datum value = consumer_value(row, "scorer_timeout", &is_null);
	Interval *limit = is_null ? NULL : DatumGetIntervalP(value);

	if (limit == NULL || limit->month != 0 || limit->day != 0 ||
		limit->time < SHORTEST_SCORER_TIMEOUT_MS * INT64CONST(1000) ||
		limit->time > LONGEST_SCORER_TIMEOUT_S * USECS_PER_SEC)
		consumer_refuse(row, "scorer_timeout",
						"An interval of 100 ms to 5 minutes is expected.");
}

static void
check_queue_type(const ConsumerRow *row)
{
	char *type = consumer_text(row, row->tuple, "queue_type");

	if (type == NULL ||
		(strcmp(type, "classic") != 0 && strcmp(type, "quorum") != 0))
		consumer_refuse(row, "queue_type",
						"Valid values are classic and quorum.");
}

static void
check_log_level(const ConsumerRow *row)
{
	char *level = consumer_text(row, row->tuple, "log_level");
	LogLevel found;

	if (level == NULL || !log_level_find(level, &found))
		consumer_refuse(row, "log_level",
						"Valid values are warning, log and debug.");
}

/* Integers that fit AMQP's 64 bits. */
static bool
is_integer(Numeric number)
{
	Datum digits = DirectFunctionCall1(numeric_out, NumericGetDatum(number));
	const char *text = DatumGetCString(digits);
	size_t length = strspn(text + (text[0] == '-'), "0123456789");

	return length > 0 && length <= 18 &&
		   text[length + (text[0] == '-')] == '\0';
}

static bool
is_valid_argument(const JsonbValue *value)
{
	return value->type == jbvBool || value->type == jbvString ||
		   (value->type == jbvNumeric && is_integer(value->val.numeric));
}

static bool
is_valid_key(const JsonbValue *key)
{
	static const char type[] = "x-queue-type";

	return key->val.string.len >= 1 && key->val.string.len <= SHORT_STRING &&
		   !(key->val.string.len == sizeof(type) - 1 &&
			 memcmp(key->val.string.val, type, sizeof(type) - 1) == 0);
}

static void
check_queue_arguments(const ConsumerRow *row)
{
	const char *hint =
		"A flat JSON object of texts, whole numbers and booleans is expected, "
		"x-queue-type not among them: that is queue_type.";
	bool is_null;
	Datum value = consumer_value(row, "queue_arguments", &is_null);
	Jsonb *jsonb = is_null ? NULL : DatumGetJsonbP(value);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue part;

	if (jsonb == NULL || !JB_ROOT_IS_OBJECT(jsonb) ||
		JB_ROOT_COUNT(jsonb) > MOST_ARGUMENTS)
		consumer_refuse(row, "queue_arguments", hint);
	iterator = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		if ((token == WJB_KEY && !is_valid_key(&part)) ||
			(token == WJB_VALUE && !is_valid_argument(&part)))
			consumer_refuse(row, "queue_arguments", hint);
	}
}

static void
check_boolean(const ConsumerRow *row, const char *column)
{
	bool is_null;

	(void) consumer_value(row, column, &is_null);
	if (is_null)
		consumer_refuse(row, column, "Valid values are true and false.");
}

/* Anybody who may pause it writes this, and everybody reads it. */
static void
check_pause_reason(const ConsumerRow *row)
{
	char *reason = consumer_text(row, row->tuple, "pause_reason");

	if (reason != NULL && strlen(reason) > LONGEST_REASON &&
		consumer_has_changed(row, "pause_reason"))
		consumer_refuse(row, "pause_reason",
						psprintf("A text of at most %d bytes is expected.",
								 LONGEST_REASON));
}

void
consumer_check_values(const ConsumerRow *row)
{
	check_boolean(row, "passive");
	check_boolean(row, "enabled");
	check_boolean(row, "paused");
	check_range(row, "workers", 0, 64);
	check_range(row, "prefetch", 1, 10000);
	check_range(row, "max_fetches", 1, 256);
	check_commit_delay(row);
	check_scorer_timeout(row);
	check_log_level(row);
	check_short_string(row, "exchange", 1);
	check_short_string(row, "routing_key", 0);
	check_short_string(row, "queue", 1);
	check_queue_type(row);
	check_queue_arguments(row);
	check_pause_reason(row);
}
