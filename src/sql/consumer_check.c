/*-------------------------------------------------------------------------
 *
 * consumer_check.c
 *	  The one place where a row of analytics.consumers is checked.
 *
 * A row trigger, so that direct INSERT and UPDATE are held to the same rules
 * as create_consumer() and alter_consumer().  Values are checked always;
 * what the row refers to (servers, mappings) only when it changes, so that a
 * consumer can still be paused when its server is gone.  That the caller may
 * act as the consumer's role is checked always, also when the row is deleted:
 * pause(), resume(), restart() and drain(), which are for those that may call
 * them, act as their owner.
 *
 * While a dump is restored, servers and roles may not be there yet: then they
 * are not looked for, and the consumer comes back paused, so that no worker
 * begins to write into tables that are still being loaded, or drains the queue
 * of the database that the dump came from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "ingest/connections.h"
#include "ingest/log_level.h"
#include "ingest/scorer.h"
#include "ingest/scorer_check.h"
#include "process/version.h"
#include "sql/restoring.h"

PG_FUNCTION_INFO_V1(analytics_consumer_check);

#define LONGEST_NAME 40
#define LONGEST_REASON 1000
#define SHORT_STRING 255 /* AMQP's */
#define MOST_ARGUMENTS 32
#define SHOWN_BYTES 64
#define LONGEST_COMMIT_DELAY_S 10
#define SHORTEST_SCORER_TIMEOUT_MS 100
#define LONGEST_SCORER_TIMEOUT_S 300

typedef struct ConsumerRow
{
	TupleDesc columns;
	HeapTuple before; /* NULL: INSERT */
	HeapTuple tuple;
	Oid owner; /* of the table */
	char *name;
	bool by_hand; /* may the caller say who did what, and when? */
} ConsumerRow;

static int
column_number(const ConsumerRow *row, const char *column)
{
	int number = SPI_fnumber(row->columns, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("analytics.consumers has no column \"%s\"", column)));
	return number;
}

static Datum
column_value(const ConsumerRow *row, const char *column, bool *is_null)
{
	return heap_getattr(row->tuple, column_number(row, column), row->columns,
						is_null);
}

/* NULL for NULL */
static char *
column_text(const ConsumerRow *row, HeapTuple tuple, const char *column)
{
	return SPI_getvalue(tuple, row->columns, column_number(row, column));
}

static void
set_column(ConsumerRow *row, const char *column, Datum value, bool is_null)
{
	int number = column_number(row, column);

	row->tuple = heap_modify_tuple_by_cols(row->tuple, row->columns, 1,
										   &number, &value, &is_null);
}

static bool
is_true(const ConsumerRow *row, HeapTuple tuple, const char *column)
{
	bool is_null;
	Datum value = heap_getattr(tuple, column_number(row, column), row->columns,
							   &is_null);

	return !is_null && DatumGetBool(value);
}

static bool
has_changed(const ConsumerRow *row, const char *column)
{
	char *before;
	char *after = column_text(row, row->tuple, column);

	if (row->before == NULL)
		return true;
	before = column_text(row, row->before, column);
	if (before == NULL || after == NULL)
		return before != after;
	return strcmp(before, after) != 0;
}

pg_noreturn static void refuse(const ConsumerRow *row, const char *column,
							   const char *hint);

static void
refuse(const ConsumerRow *row, const char *column, const char *hint)
{
	char *value = column_text(row, row->tuple, column);
	int shown = value == NULL
					? 0
					: pg_mbcliplen(value, (int) strlen(value), SHOWN_BYTES);

	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					value == NULL
						? errmsg("argument \"%s\" must not be null", column)
						: errmsg("invalid value for argument \"%s\": \"%.*s\"",
								 column, shown, value),
					errhint("%s", hint)));
}

static void
check_name(ConsumerRow *row)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz"
								"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	row->name = column_text(row, row->tuple, "name");
	if (row->name == NULL || row->name[0] == '\0' ||
		strlen(row->name) > LONGEST_NAME ||
		strspn(row->name, valid) != strlen(row->name))
		refuse(row, "name",
			   "A name of 1 to 40 letters, digits, hyphens and underscores is "
			   "expected.");
	if (row->before != NULL && has_changed(row, "name"))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("consumer \"%s\" cannot be renamed",
							   column_text(row, row->before, "name")),
						errhint("Its counters bear its name: drop the "
								"consumer and create another.")));
}

static void
check_range(const ConsumerRow *row, const char *column, int minimum,
			int maximum)
{
	bool is_null;
	int value = DatumGetInt32(column_value(row, column, &is_null));

	if (is_null || value < minimum || value > maximum)
		refuse(
			row, column,
			psprintf("A number of %d to %d is expected.", minimum, maximum));
}

static void
check_short_string(const ConsumerRow *row, const char *column, size_t minimum)
{
	char *value = column_text(row, row->tuple, column);

	if (value == NULL || strlen(value) < minimum ||
		strlen(value) > SHORT_STRING)
		refuse(row, column,
			   psprintf("A text of %zu to %d bytes is expected.", minimum,
						SHORT_STRING));
}

static void
check_commit_delay(const ConsumerRow *row)
{
	bool is_null;
	Datum value = column_value(row, "commit_delay", &is_null);
	Interval *delay = is_null ? NULL : DatumGetIntervalP(value);

	if (delay == NULL || delay->month != 0 || delay->day != 0 ||
		delay->time < 0 ||
		delay->time > LONGEST_COMMIT_DELAY_S * USECS_PER_SEC)
		refuse(row, "commit_delay",
			   "An interval of 0 to 10 seconds is expected.");
}

static void
check_scorer_timeout(const ConsumerRow *row)
{
	bool is_null;
	Datum value = column_value(row, "scorer_timeout", &is_null);
	Interval *limit = is_null ? NULL : DatumGetIntervalP(value);

	if (limit == NULL || limit->month != 0 || limit->day != 0 ||
		limit->time < SHORTEST_SCORER_TIMEOUT_MS * INT64CONST(1000) ||
		limit->time > LONGEST_SCORER_TIMEOUT_S * USECS_PER_SEC)
		refuse(row, "scorer_timeout",
			   "An interval of 100 ms to 5 minutes is expected.");
}

static void
check_queue_type(const ConsumerRow *row)
{
	char *type = column_text(row, row->tuple, "queue_type");

	if (type == NULL ||
		(strcmp(type, "classic") != 0 && strcmp(type, "quorum") != 0))
		refuse(row, "queue_type", "Valid values are classic and quorum.");
}

static void
check_log_level(const ConsumerRow *row)
{
	char *level = column_text(row, row->tuple, "log_level");
	LogLevel found;

	if (level == NULL || !log_level_find(level, &found))
		refuse(row, "log_level", "Valid values are warning, log and debug.");
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
	Datum value = column_value(row, "queue_arguments", &is_null);
	Jsonb *jsonb = is_null ? NULL : DatumGetJsonbP(value);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue part;

	if (jsonb == NULL || !JB_ROOT_IS_OBJECT(jsonb) ||
		JB_ROOT_COUNT(jsonb) > MOST_ARGUMENTS)
		refuse(row, "queue_arguments", hint);
	iterator = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		if ((token == WJB_KEY && !is_valid_key(&part)) ||
			(token == WJB_VALUE && !is_valid_argument(&part)))
			refuse(row, "queue_arguments", hint);
	}
}

static void
check_boolean(const ConsumerRow *row, const char *column)
{
	bool is_null;

	(void) column_value(row, column, &is_null);
	if (is_null)
		refuse(row, column, "Valid values are true and false.");
}

/* Anybody who may pause it writes this, and everybody reads it. */
static void
check_pause_reason(const ConsumerRow *row)
{
	char *reason = column_text(row, row->tuple, "pause_reason");

	if (reason != NULL && strlen(reason) > LONGEST_REASON &&
		has_changed(row, "pause_reason"))
		refuse(row, "pause_reason",
			   psprintf("A text of at most %d bytes is expected.",
						LONGEST_REASON));
}

static void
check_values(const ConsumerRow *row)
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

/* '' means none, so that alter_consumer() can take it away. */
static void
normalize_empty(ConsumerRow *row, const char *column)
{
	char *value = column_text(row, row->tuple, column);

	if (value != NULL && value[0] == '\0')
		set_column(row, column, (Datum) 0, true);
}

/* No role named: the owner's. */
static void
normalize_role(ConsumerRow *row)
{
	bool is_null;
	char *owner = GetUserNameFromId(row->owner, false);

	(void) column_value(row, "role", &is_null);
	if (is_null)
		set_column(row, "role",
				   DirectFunctionCall1(namein, CStringGetDatum(owner)), false);
}

static void
check_login(const ConsumerRow *row, const char *name, Oid role)
{
	HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool can_log_in = HeapTupleIsValid(tuple) &&
					  ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!can_log_in)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" of consumer \"%s\" cannot log in", name,
						row->name),
				 errdetail("A worker is a session of this role."),
				 errhint("ALTER ROLE %s LOGIN;", quote_identifier(name))));
}

static void
check_may_act_as(const ConsumerRow *row, const char *name, Oid role)
{
	if (compat_may_set_role(GetUserId(), role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to run consumer \"%s\" as role \"%s\"",
					row->name, name),
			 errhint("Name a role that you are a member of as the argument "
					 "\"role\".")));
}

/* May the caller touch what is there?  Its role may be gone. */
static void
check_before(const ConsumerRow *row)
{
	char *name = column_text(row, row->before, "role");
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role) || compat_may_set_role(GetUserId(), role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to change or drop consumer \"%s\"",
					column_text(row, row->before, "name")),
			 errdetail("It runs as role \"%s\".", name),
			 errhint("Only members of that role may change or drop it.")));
}

/*
 * InvalidOid: there is no such role; a restore, and a change of something
 * else (a pause), may pass over that.
 */
static Oid
check_role(const ConsumerRow *row)
{
	char *name = column_text(row, row->tuple, "role");
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role) && (restoring_a_dump() || !has_changed(row, "role")))
		return InvalidOid;
	if (!OidIsValid(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" of consumer \"%s\" does not exist", name,
						row->name),
				 errhint("CREATE ROLE %s LOGIN;", quote_identifier(name))));
	check_may_act_as(row, name, role);
	if (has_changed(row, "role") && !restoring_a_dump())
		check_login(row, name, role);
	return role;
}

static void
check_server(const ConsumerRow *row, const char *column, ConnectionKind kind,
			 Oid role)
{
	char *server = column_text(row, row->tuple, column);

	if (server == NULL ||
		!(has_changed(row, column) || has_changed(row, "role")))
		return;
	connection_check(kind, server, role);
}

static Datum
current_role_name(void)
{
	return DirectFunctionCall1(
		namein, CStringGetDatum(GetUserNameFromId(GetOuterUserId(), false)));
}

/*
 * A column that tells who did something or when: `value` when that was now,
 * else what it was before.  Who could write the table without us may say so
 * himself.
 */
static void
stamp(ConsumerRow *row, const char *column, Datum value, bool is_now)
{
	bool is_null;

	(void) column_value(row, column, &is_null);
	if (row->by_hand && !is_null && has_changed(row, column))
		return;
	is_null = false;
	if (!is_now)
		value = heap_getattr(row->before, column_number(row, column),
							 row->columns, &is_null);
	set_column(row, column, value, is_null);
}

static Datum
transaction_start(void)
{
	return TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
}

static void
complete_creation(ConsumerRow *row)
{
	bool is_now = row->before == NULL;

	stamp(row, "created_at", transaction_start(), is_now);
	stamp(row, "created_by", current_role_name(), is_now);
}

/*
 * By the name that does not depend on a search_path.  While a dump is restored
 * the function may not be there yet; its right to be called is looked at
 * before each call too.
 */
static void
complete_scorer(ConsumerRow *row)
{
	char *scorer = column_text(row, row->tuple, "scorer");
	char *caller = GetUserNameFromId(GetUserId(), false);
	bool is_new = scorer != NULL && has_changed(row, "scorer");

	if (is_new && !restoring_a_dump())
		set_column(row, "scorer",
				   CStringGetTextDatum(
					   scorer_name(scorer_check(scorer, GetUserId()))),
				   false);
	if (scorer != NULL)
		stamp(row, "scorer_by",
			  DirectFunctionCall1(namein, CStringGetDatum(caller)), is_new);
	else
		set_column(row, "scorer_by", (Datum) 0, true);
}

/* Keep who paused it, since when and why in step with whether it is paused. */
static void
complete_pause(ConsumerRow *row)
{
	if (row->before == NULL && restoring_a_dump() &&
		!is_true(row, row->tuple, "paused"))
	{
		set_column(row, "paused", BoolGetDatum(true), false);
		set_column(row, "pause_reason",
				   CStringGetTextDatum("restored from a dump"), false);
		ereport(NOTICE,
				(errmsg("consumer \"%s\" is paused: check_function_bodies is "
						"off, so a dump is being restored",
						row->name),
				 errhint("SELECT analytics.resume('%s'); when all is there.",
						 row->name)));
	}
	if (is_true(row, row->tuple, "paused"))
	{
		bool is_new =
			row->before == NULL || !is_true(row, row->before, "paused");

		stamp(row, "paused_at", transaction_start(), is_new);
		/* The reason is theirs who wrote it. */
		stamp(row, "paused_by", current_role_name(),
			  is_new || has_changed(row, "pause_reason"));
		return;
	}
	set_column(row, "paused_at", (Datum) 0, true);
	set_column(row, "paused_by", (Datum) 0, true);
	set_column(row, "pause_reason", (Datum) 0, true);
}

static bool
is_meant_to_work(const ConsumerRow *row, HeapTuple tuple)
{
	bool is_null;
	Datum workers = heap_getattr(tuple, column_number(row, "workers"),
								 row->columns, &is_null);

	return is_true(row, tuple, "enabled") && !is_null &&
		   DatumGetInt32(workers) > 0;
}

/* Since when it has no workers because nobody wants any. */
static void
complete_stop(ConsumerRow *row)
{
	if (is_meant_to_work(row, row->tuple))
		set_column(row, "stopped_at", (Datum) 0, true);
	else
		stamp(row, "stopped_at", transaction_start(),
			  row->before == NULL || is_meant_to_work(row, row->before));
}

/* A row that is written. */
static HeapTuple
check_row(ConsumerRow *row)
{
	Oid role;

	check_name(row);
	normalize_empty(row, "broker");
	normalize_empty(row, "store");
	normalize_empty(row, "scorer");
	normalize_role(row);
	check_values(row);
	role = check_role(row);
	if (OidIsValid(role) && !restoring_a_dump())
	{
		check_server(row, "broker", CONNECTION_RABBITMQ, role);
		check_server(row, "store", CONNECTION_OBJECT_STORE, role);
	}
	complete_creation(row);
	complete_scorer(row);
	complete_pause(row);
	complete_stop(row);
	return row->tuple;
}

SERVED_FUNCTION(analytics_consumer_check)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	ConsumerRow row = {0};

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger before a change of a row")));

	row.columns = RelationGetDescr(trigger->tg_relation);
	row.owner = trigger->tg_relation->rd_rel->relowner;
	row.by_hand = has_privs_of_role(GetUserId(), row.owner);
	row.tuple = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return PointerGetDatum(check_row(&row));
	row.before = trigger->tg_trigtuple;
	check_before(&row);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(row.tuple);
	row.tuple = trigger->tg_newtuple;
	return PointerGetDatum(check_row(&row));
}
