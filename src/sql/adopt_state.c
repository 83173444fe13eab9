/*-------------------------------------------------------------------------
 *
 * adopt_state.c
 *	  Moving in: the row of analytics.adoptions that tells where a pass is.
 *
 * It is changed in the transaction of each chunk, so it is true after any
 * crash.  A pass belongs to the session that is noted in its row, for as long
 * as that is at work; another one may then go on with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "sql/adopt.h"

/* A session that is there and works at what it was noted for. */
#define WORKS_ELSEWHERE                                                       \
	"EXISTS (SELECT FROM pg_stat_activity AS s "                              \
	"WHERE s.pid = a.backend_pid AND s.pid <> pg_backend_pid() "              \
	"AND a.phase <> 'done' AND coalesce(s.backend_start = a.backend_start "   \
	"AND s.state NOT LIKE 'idle%', true))"

#define NEWEST                                                                \
	"SELECT a.pass, a.phase, a.position, a.last_key, a.backend_pid, "         \
	"a.target, " WORKS_ELSEWHERE " FROM analytics.adoptions AS a "            \
	"WHERE a.source_schema = $1 AND a.source_table = $2 "                     \
	"ORDER BY a.pass DESC LIMIT 1"

#define BEGIN_PASS                                                            \
	"INSERT INTO analytics.adoptions (source_schema, source_table, pass, "    \
	"target, total_estimate, last_key) "                                      \
	"VALUES ($1, $2, $3::integer, $4, $5::bigint, $6)"

#define TAKE_UP                                                               \
	"UPDATE analytics.adoptions SET backend_pid = pg_backend_pid(), "         \
	"backend_start = (SELECT s.backend_start FROM pg_stat_activity AS s "     \
	"WHERE s.pid = pg_backend_pid()), worked_at = clock_timestamp() "         \
	"WHERE source_schema = $1 AND source_table = $2 AND pass = $3::integer"

#define OURS                                                                  \
	"WHERE source_schema = $1 AND source_table = $2 AND pass = $3::integer "  \
	"AND backend_pid = pg_backend_pid()"

#define NOTE_COPY                                                             \
	"UPDATE analytics.adoptions SET position = $4, "                          \
	"seconds = seconds + $5::double precision, "                              \
	"worked_at = clock_timestamp(), rows_read = rows_read + c.n[1], "         \
	"copied = copied + c.n[2], replaced = replaced + c.n[3], "                \
	"unchanged = unchanged + c.n[4], kept_newer = kept_newer + c.n[5], "      \
	"expired = expired + c.n[6], rejected = rejected + c.n[7], "              \
	"filled = filled + c.n[8] "                                               \
	"FROM (SELECT $6::bigint[]) AS c(n) " OURS

#define NOTE_VERIFY                                                           \
	"UPDATE analytics.adoptions SET position = $4, "                          \
	"verify_seconds = verify_seconds + $5::double precision, "                \
	"worked_at = clock_timestamp(), verify_read = verify_read + c.n[1], "     \
	"verify_same = verify_same + c.n[2], "                                    \
	"verify_newer = verify_newer + c.n[3], "                                  \
	"verify_expired = verify_expired + c.n[4], "                              \
	"verify_rejected = verify_rejected + c.n[5], "                            \
	"verify_missing = verify_missing + c.n[6], "                              \
	"verify_different = verify_different + c.n[7], "                          \
	"verify_gone = verify_gone + c.n[8], "                                    \
	"source_checksum = source_checksum + c.s[1], "                            \
	"stored_checksum = stored_checksum + c.s[2], "                            \
	"differing_keys = (differing_keys || $7::text[])[1:10] "                  \
	"FROM (SELECT $6::bigint[], %s) AS c(n, s) " OURS

#define NEXT_PHASE                                                            \
	"UPDATE analytics.adoptions SET position = NULL, "                        \
	"phase = CASE phase WHEN 'copy' THEN 'verify' ELSE 'done' END, "          \
	"verify_gone = greatest(verify_gone, 0), "                                \
	"copied_at = CASE phase WHEN 'copy' THEN clock_timestamp() "              \
	"ELSE copied_at END, "                                                    \
	"finished_at = CASE phase WHEN 'verify' THEN clock_timestamp() END, "     \
	"worked_at = clock_timestamp() " OURS

#define FORGET_REJECTS                                                        \
	"DELETE FROM analytics.adoption_rejects WHERE source_schema = $1 "        \
	"AND source_table = $2 AND pass < $3::integer"

#define VERIFY_AGAIN                                                          \
	"UPDATE analytics.adoptions SET phase = 'verify', position = NULL, "      \
	"last_key = $4, finished_at = NULL, verify_seconds = 0, "                 \
	"verify_read = 0, verify_same = 0, verify_newer = 0, "                    \
	"verify_expired = 0, verify_rejected = 0, verify_missing = 0, "           \
	"verify_different = 0, verify_gone = 0, source_checksum = 0, "            \
	"stored_checksum = 0, "                                                   \
	"differing_keys = '{}' "                                                  \
	"WHERE source_schema = $1 AND source_table = $2 AND pass = $3::integer"

#define RESULT                                                                \
	"SELECT verify_missing = 0 AND verify_different = 0 "                     \
	"AND source_checksum = stored_checksum, "                                 \
	"format('%s rows read: %s copied, %s replaced, %s as they were, "         \
	"%s kept since a newer one is here, %s rejected', rows_read, copied, "    \
	"replaced, unchanged, kept_newer, rejected) "                             \
	"|| CASE WHEN expired > 0 THEN format(', %s too old', expired) "          \
	"ELSE '' END "                                                            \
	"|| CASE WHEN filled > 0 THEN format('; NULLs filled in %s', filled) "    \
	"ELSE '' END, "                                                           \
	"format('Of %s rows, %s are missing and %s differ; the checksums are "    \
	"%s there and %s here. Keys: %s.', verify_read, verify_missing, "         \
	"verify_different, source_checksum, stored_checksum, "                    \
	"array_to_string(differing_keys, ', ')) "                                 \
	"|| CASE WHEN verify_gone > 0 THEN format("                               \
	"' Besides, %s are here by adoption and not there.', verify_gone) "       \
	"ELSE '' END, "                                                           \
	"CASE WHEN verify_gone > 0 THEN format("                                  \
	"'%s rows are here by adoption that it does not have', verify_gone) "     \
	"END, "                                                                   \
	"format('all %s rows are accounted for: %s are here as they are "         \
	"there%s',"                                                               \
	" verify_read, verify_same, (SELECT string_agg(format(', %s %s', "        \
	"w.count, w.words), '' ORDER BY w.place) FROM (VALUES "                   \
	"(1, verify_newer, 'were not taken since a newer one is here'), "         \
	"(2, verify_expired, 'are too old'), (3, verify_rejected, "               \
	"'were rejected, see analytics.adoption_rejects')) "                      \
	"AS w(place, count, words) WHERE w.count > 0)) "                          \
	"FROM analytics.adoptions WHERE source_schema = $1 "                      \
	"AND source_table = $2 AND pass = $3::integer"

#define KEY_PARAMETERS 3

/* The parameters that name a pass, and room for more. */
static void
set_key(const Adoption *adoption, const char *values[])
{
	values[0] = adoption->schema;
	values[1] = adoption->table;
	values[2] = psprintf("%d", adoption->pass);
}

static AdoptPhase
phase_of(const char *name)
{
	if (strcmp(name, "copy") == 0)
		return ADOPT_COPY;
	return strcmp(name, "verify") == 0 ? ADOPT_VERIFY : ADOPT_DONE;
}

static void
raise_taken(const Adoption *adoption, const char *pid)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
					errmsg("table \"%s.%s\" is being adopted by process %s",
						   adoption->schema, adoption->table, pid),
					errhint("See how far it is: SELECT * FROM "
							"analytics.stat_adoption; or end it: SELECT "
							"pg_cancel_backend(%s);",
							pid)));
}

/* Until the transaction ends: nobody else begins a pass. */
static void
lock_passes(void)
{
	adopt_run("LOCK TABLE analytics.adoptions IN SHARE ROW EXCLUSIVE MODE", 0,
			  NULL, SPI_OK_UTILITY);
}

/* Look at the newest pass; false: there is none. */
static bool
read_newest(Adoption *adoption)
{
	const char *values[] = {adoption->schema, adoption->table};
	char *pid;

	if (adopt_run(NEWEST, lengthof(values), values, SPI_OK_SELECT) == 0)
		return false;
	adoption->pass = pg_strtoint32(adopt_value(1, CurrentMemoryContext));
	adoption->phase = phase_of(adopt_value(2, CurrentMemoryContext));
	adoption->position = adopt_value(3, adoption->context);
	adoption->last_key = adopt_value(4, adoption->context);
	pid = adopt_value(5, CurrentMemoryContext);
	if (strcmp(adopt_value(7, CurrentMemoryContext), "t") == 0)
		raise_taken(adoption, pid);
	return true;
}

/* The greatest key there is now; NULL: none. */
static char *
look_for_end(const Adoption *adoption)
{
	adopt_run(adoption->statements.last_key, 0, NULL, SPI_OK_SELECT);
	return adopt_value(1, adoption->context);
}

/* About how many rows it has; may read all of them. */
static char *
look_for_total(const Adoption *adoption)
{
	adopt_run(adoption->statements.estimate, 0, NULL, SPI_OK_SELECT);
	return adopt_value(1, CurrentMemoryContext);
}

static void
begin_pass(Adoption *adoption, int pass, char *last_key, const char *total)
{
	const char *values[KEY_PARAMETERS + 3];

	adoption->pass = pass;
	adoption->phase = ADOPT_COPY;
	adoption->position = NULL;
	adoption->last_key = last_key;
	set_key(adoption, values);
	values[3] = adoption->target;
	values[4] = total;
	values[5] = last_key;
	adopt_run(BEGIN_PASS, lengthof(values), values, SPI_OK_INSERT);
}

static void
take_up(const Adoption *adoption)
{
	const char *values[KEY_PARAMETERS];

	set_key(adoption, values);
	adopt_run(TAKE_UP, lengthof(values), values, SPI_OK_UPDATE);
}

/* What a new pass must know of the source. */
typedef struct SourceExtent
{
	bool is_known;
	char *last_key;
	char *total;
} SourceExtent;

static void
look_for_extent(const Adoption *adoption, SourceExtent *extent)
{
	if (extent->is_known)
		return;
	extent->total = look_for_total(adoption);
	extent->last_key = look_for_end(adoption);
	extent->is_known = true;
}

/*
 * The source may be large and without an index, so it is looked at before
 * anybody is kept waiting.  That is done under the lock only if the pass that
 * was to be gone on with has been ended by somebody else in this moment.
 */
void
adopt_claim(Adoption *adoption)
{
	SourceExtent extent = {false, NULL, NULL};
	bool goes_on = read_newest(adoption) && adoption->phase == ADOPT_COPY;

	if (!goes_on)
		look_for_extent(adoption, &extent);
	adoption->pass = 0;
	lock_passes();
	goes_on = read_newest(adoption) && adoption->phase == ADOPT_COPY;
	if (goes_on)
		ereport(NOTICE,
				(errmsg("going on with \"%s.%s\" where it was interrupted",
						adoption->schema, adoption->table)));
	else
	{
		look_for_extent(adoption, &extent);
		begin_pass(adoption, adoption->pass + 1, extent.last_key,
				   extent.total);
	}
	take_up(adoption);
}

void
adopt_claim_verification(Adoption *adoption)
{
	const char *values[KEY_PARAMETERS + 1];
	char *last_key = look_for_end(adoption);

	lock_passes();
	if (!read_newest(adoption) || adoption->phase == ADOPT_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s.%s\" has not been adopted as a whole",
						adoption->schema, adoption->table),
				 errhint("CALL analytics.adopt(%s);",
						 quote_literal_cstr(adoption->schema))));
	adoption->phase = ADOPT_VERIFY;
	adoption->position = NULL;
	adoption->last_key = last_key;
	set_key(adoption, values);
	values[3] = adoption->last_key;
	adopt_run(VERIFY_AGAIN, lengthof(values), values, SPI_OK_UPDATE);
	take_up(adoption);
}

/* The row must still be this session's. */
static void
note(const Adoption *adoption, const char *statement, int count,
	 const char *const *values)
{
	if (adopt_run(statement, count, values, SPI_OK_UPDATE) != 1)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
						errmsg("another session has gone on with \"%s.%s\"",
							   adoption->schema, adoption->table)));
}

static char *
array_of_counts(const int64 *counts, int count)
{
	StringInfoData array;

	initStringInfo(&array);
	for (int i = 0; i < count; i++)
		appendStringInfo(&array, "%c" INT64_FORMAT, i == 0 ? '{' : ',',
						 counts[i]);
	appendStringInfoChar(&array, '}');
	return array.data;
}

void
adopt_note_chunk(Adoption *adoption, const AdoptChunk *chunk)
{
	bool copies = adoption->phase == ADOPT_COPY;
	const char *values[KEY_PARAMETERS + 4];
	char *sums;

	set_key(adoption, values);
	values[3] = chunk->upto;
	values[4] = psprintf("%.6f", chunk->micros / 1e6);
	values[5] = array_of_counts(chunk->counts, copies ? ADOPT_COPY_COUNTS
													  : ADOPT_VERIFY_COUNTS);
	values[6] = chunk->keys;
	if (copies)
		note(adoption, NOTE_COPY, KEY_PARAMETERS + 3, values);
	else
	{
		sums = psprintf("ARRAY[%s, %s]::numeric[]", chunk->source_checksum,
						chunk->stored_checksum);
		note(adoption, psprintf(NOTE_VERIFY, sums), KEY_PARAMETERS + 4,
			 values);
	}
	if (adoption->position != NULL)
		pfree(adoption->position);
	adoption->position = chunk->upto;
}

void
adopt_next_phase(Adoption *adoption)
{
	const char *values[KEY_PARAMETERS];

	set_key(adoption, values);
	note(adoption, NEXT_PHASE, lengthof(values), values);
	if (adoption->phase == ADOPT_COPY)
		adopt_run(FORGET_REJECTS, lengthof(values), values, SPI_OK_DELETE);
	adoption->phase =
		adoption->phase == ADOPT_COPY ? ADOPT_VERIFY : ADOPT_DONE;
	adoption->position = NULL;
}

char *
adopt_result(const Adoption *adoption, bool *agrees, char **gone)
{
	const char *values[KEY_PARAMETERS];

	set_key(adoption, values);
	adopt_run(RESULT, lengthof(values), values, SPI_OK_SELECT);
	*agrees = strcmp(adopt_value(1, CurrentMemoryContext), "t") == 0;
	*gone = adopt_value(4, CurrentMemoryContext);
	return adopt_value(*agrees ? 2 : 3, CurrentMemoryContext);
}

char *
adopt_verdict(const Adoption *adoption, bool *agrees, char **gone)
{
	char *difference = adopt_result(adoption, agrees, gone);

	return *agrees ? adopt_value(5, CurrentMemoryContext) : difference;
}
