/*-------------------------------------------------------------------------
 *
 * adopt_chunk.c
 *	  Moving in: take or compare one chunk of a table.
 *
 * A chunk is a range of keys, so that it does not matter whether they are
 * unique, nor what is written beside meanwhile.  It is tried in a
 * subtransaction; if a row is at fault the range is halved until that row is
 * alone, and then it is noted as rejected.  Nothing here commits or knows
 * which phase comes next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/retry.h"
#include "sql/adopt.h"

/* So often a chunk is tried when other transactions are in its way. */
#define CONFLICT_TRIES 5

/* Of a row that was not stored though nothing failed; it is a row's fault. */
#define NOT_STORED ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED

/* So many keys refused in a row, each by itself, are worth a warning. */
#define REFUSED_WARNING 100

#define REFUSE_KEY                                                            \
	"INSERT INTO analytics.adoption_rejects (source_schema, source_table, "   \
	"pass, source_key, sqlstate, reason, source_row) VALUES ($1, $2, "        \
	"$3::integer, $4, $5, $6, json_build_object('id', $4))"

#define COUNT_REFUSED                                                         \
	"SELECT count(*) FROM analytics.adoption_rejects "                        \
	"WHERE source_schema = $1 AND source_table = $2 "                         \
	"AND pass = $3::integer AND source_key IS NOT DISTINCT FROM $4"

/* What is done with a chunk. */
typedef struct ChunkWork
{
	const Adoption *adoption;
	AdoptChunk *chunk;
	const ErrorData *cause; /* the error that it is done for; NULL: none */
} ChunkWork;

void
adopt_load_statements(Adoption *adoption)
{
	const char *values[] = {adoption->schema, adoption->table};
	AdoptStatements *statements = &adoption->statements;
	char **fields[] = {
		&adoption->target,     &statements->estimate, &statements->last_key,
		&statements->bound,    &statements->keyless,  &statements->copy,
		&statements->refuse,   &statements->verify,   &statements->surplus,
		&statements->refusals, &statements->futures};

	adopt_run("SELECT target, estimate, last_key, bound, keyless, copy, "
			  "refuse, verify, surplus, refusals, futures "
			  "FROM analytics.adoption_statements($1, $2)",
			  2, values, SPI_OK_SELECT);
	for (int i = 0; i < lengthof(fields); i++)
	{
		*fields[i] = adopt_value(i + 1, adoption->context);
		if (*fields[i] == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table \"%s.%s\" cannot be read any more",
							adoption->schema, adoption->table),
					 errhint("SELECT * FROM analytics.check_adoption(%s);",
							 quote_literal_cstr(adoption->schema))));
	}
}

/*
 * No plan may depend on what the planner believes of tables that have just
 * been filled, or it reads all of them for each chunk.  The end of the next
 * chunk is found by walking an index that is in order, if there is one, ...
 */
static void
plan_walk(void)
{
	adopt_run("SELECT set_config('enable_sort', 'off', true), "
			  "set_config('enable_bitmapscan', 'off', true)",
			  0, NULL, SPI_OK_SELECT);
}

/*
 * ... and what is here is looked up by the keys of the chunk, for which there
 * are indexes, and then joined by hashes.
 */
static void
plan_work(const Adoption *adoption)
{
	adopt_run("SELECT set_config('enable_sort', 'on', true), "
			  "set_config('enable_bitmapscan', 'on', true), "
			  "set_config('enable_nestloop', 'off', true)",
			  0, NULL, SPI_OK_SELECT);
	if (strcmp(adoption->target, "crawl_errors") == 0)
		adopt_run("SELECT set_config('enable_seqscan', 'off', true)", 0, NULL,
				  SPI_OK_SELECT);
}

/* The key with which the next chunk ends; NULL: there is none. */
static char *
chunk_end(const Adoption *adoption)
{
	const char *values[] = {adoption->position, adoption->last_key,
							psprintf(INT64_FORMAT, adoption->step)};

	if (adoption->last_key == NULL)
		return NULL;
	plan_walk();
	adopt_run(adoption->statements.bound, lengthof(values), values,
			  SPI_OK_SELECT);
	return adopt_value(1, adoption->context);
}

/*
 * Each row that was read must be in one of the other counts.  One that is not
 * was to be stored and is not: somebody else has been quicker, which the next
 * try sees, or a trigger has dropped it.
 */
static void
require_all_stored(const Adoption *adoption, const AdoptChunk *chunk)
{
	int64 missing = chunk->counts[0];

	for (int i = 1; i < ADOPT_COPY_COUNTS - 1; i++)
		missing -= chunk->counts[i];
	if (missing != 0)
		ereport(ERROR, (errcode(NOT_STORED),
						errmsg("a trigger on analytics.%s does not let it in",
							   adoption->target)));
}

/* Take or compare the rows behind the position up to chunk->upto. */
static void
run_chunk(void *argument)
{
	const Adoption *adoption = ((ChunkWork *) argument)->adoption;
	AdoptChunk *chunk = ((ChunkWork *) argument)->chunk;
	bool copies = adoption->phase == ADOPT_COPY;
	int count = copies ? ADOPT_COPY_COUNTS : ADOPT_VERIFY_COUNTS;
	const char *values[] = {adoption->position,
							chunk->upto,
							adoption->schema,
							adoption->table,
							psprintf("%d", adoption->pass),
							adoption->last_key};

	plan_work(adoption);
	adopt_run(copies ? adoption->statements.copy : adoption->statements.verify,
			  lengthof(values), values, SPI_OK_SELECT);
	for (int i = 0; i < count; i++)
		chunk->counts[i] =
			pg_strtoint64(adopt_value(i + 1, CurrentMemoryContext));
	if (copies)
	{
		require_all_stored(adoption, chunk);
		/* What waits for the commit would fail there, and not here. */
		adopt_run("SET CONSTRAINTS ALL IMMEDIATE", 0, NULL, SPI_OK_UTILITY);
	}
	else
	{
		chunk->source_checksum = adopt_value(count + 1, CurrentMemoryContext);
		chunk->stored_checksum = adopt_value(count + 2, CurrentMemoryContext);
		chunk->keys = adopt_value(count + 3, CurrentMemoryContext);
	}
}

/* Note all rows of the chunk, which is one key, as rejected for this. */
static void
refuse_chunk(void *argument)
{
	const Adoption *adoption = ((ChunkWork *) argument)->adoption;
	AdoptChunk *chunk = ((ChunkWork *) argument)->chunk;
	const ErrorData *error = ((ChunkWork *) argument)->cause;
	const char *values[] = {adoption->position,
							chunk->upto,
							adoption->schema,
							adoption->table,
							psprintf("%d", adoption->pass),
							unpack_sql_state(error->sqlerrcode),
							error->message != NULL ? error->message : ""};

	adopt_run(adoption->statements.refuse, lengthof(values), values,
			  SPI_OK_SELECT);
	memset(chunk->counts, 0, sizeof(chunk->counts));
	chunk->counts[0] = pg_strtoint64(adopt_value(1, CurrentMemoryContext));
	chunk->counts[6] = chunk->counts[0];
}

/*
 * The same where its rows cannot be read as a whole, as those of a view whose
 * casts fail: the source is not asked, and the key stands for them.
 */
static void
refuse_key(const Adoption *adoption, AdoptChunk *chunk, const ErrorData *error)
{
	const char *values[] = {adoption->schema,
							adoption->table,
							psprintf("%d", adoption->pass),
							chunk->upto,
							unpack_sql_state(error->sqlerrcode),
							error->message != NULL ? error->message : ""};

	adopt_run(REFUSE_KEY, lengthof(values), values, SPI_OK_INSERT);
	memset(chunk->counts, 0, sizeof(chunk->counts));
	chunk->counts[0] = chunk->counts[6] = 1;
}

/*
 * The rows of the chunk, which is one key, cannot be compared: they have been
 * refused by this pass, or could not have been taken as they are now.  The
 * source is not asked here either.
 */
static void
miss_chunk(const Adoption *adoption, AdoptChunk *chunk)
{
	const char *values[] = {adoption->schema, adoption->table,
							psprintf("%d", adoption->pass), chunk->upto};
	const char *key = chunk->upto != NULL ? chunk->upto : "";
	int64 refused;

	memset(chunk->counts, 0, sizeof(chunk->counts));
	chunk->source_checksum = chunk->stored_checksum = "0";
	chunk->keys = "{}";
	adopt_run(COUNT_REFUSED, lengthof(values), values, SPI_OK_SELECT);
	refused = pg_strtoint64(adopt_value(1, CurrentMemoryContext));
	if (refused > 0)
	{
		chunk->counts[0] = chunk->counts[4] = refused;
		return;
	}
	chunk->counts[0] = chunk->counts[5] = 1;
	adopt_run("SELECT ARRAY[$1]", 1, &key, SPI_OK_SELECT);
	chunk->keys = adopt_value(1, CurrentMemoryContext);
}

/* Note the chunk, which is one key, as rejected: whole, if it can be read. */
static void
reject_chunk(Adoption *adoption, AdoptChunk *chunk, const ErrorData *cause)
{
	ChunkWork work = {adoption, chunk, cause};
	ErrorData *error = adopt_try(refuse_chunk, &work);

	if (error == NULL)
		return;
	if (!adopt_is_rows_fault(error))
		ReThrowError(error);
	refuse_key(adoption, chunk, cause);
}

/* To find out row by row that none can be stored takes long. */
static void
warn_of_refusals(Adoption *adoption, const ErrorData *error)
{
	if (++adoption->refused != REFUSED_WARNING)
		return;
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("the last %d rows of \"%s.%s\" were all refused, each by "
					"itself",
					REFUSED_WARNING, adoption->schema, adoption->table),
			 errdetail("The last of them for: %s", error->message),
			 errhint("If a trigger or constraint of yours on analytics.%s "
					 "should let them in, cancel this, mend it, and call "
					 "again.",
					 adoption->target)));
}

/* Half of its rows, if it still has any; false: they are gone. */
static bool
halve_chunk(Adoption *adoption, AdoptChunk *chunk)
{
	char *upto;

	adoption->step /= 2;
	upto = chunk_end(adoption);
	if (upto != NULL)
	{
		pfree(chunk->upto);
		chunk->upto = upto;
		return true;
	}
	memset(chunk->counts, 0, sizeof(chunk->counts));
	chunk->source_checksum = chunk->stored_checksum = "0";
	chunk->keys = "{}";
	return false;
}

/*
 * Until it is done or the error is no row's fault.  Halving ends at one key,
 * and so does the loop.
 */
static void
do_chunk(Adoption *adoption, AdoptChunk *chunk)
{
	ChunkWork work = {adoption, chunk, NULL};
	ErrorData *error;
	int conflicts = 0;

	while ((error = adopt_try(run_chunk, &work)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if ((failure_classify(error->sqlerrcode) == FAILURE_CONFLICT ||
			 error->sqlerrcode == NOT_STORED) &&
			++conflicts < CONFLICT_TRIES)
			continue;
		if (!adopt_is_rows_fault(error))
			ReThrowError(error);
		if (adoption->step > 1 && chunk->upto != NULL)
		{
			if (halve_chunk(adoption, chunk))
				continue;
		}
		else if (adoption->phase == ADOPT_COPY)
		{
			reject_chunk(adoption, chunk, error);
			warn_of_refusals(adoption, error);
		}
		else
			miss_chunk(adoption, chunk);
		break;
	}
	if (error == NULL)
		adoption->refused = 0;
	adoption->step = Min(adoption->step * 2, adoption->chunk_rows);
}

bool
adopt_next_chunk(Adoption *adoption, AdoptChunk *chunk)
{
	TimestampTz start = GetCurrentTimestamp();

	memset(chunk, 0, sizeof(*chunk));
	chunk->upto = chunk_end(adoption);
	if (chunk->upto == NULL)
		return false;
	do_chunk(adoption, chunk);
	chunk->micros = GetCurrentTimestamp() - start;
	return true;
}

bool
adopt_keyless_chunk(Adoption *adoption, AdoptChunk *chunk)
{
	memset(chunk, 0, sizeof(*chunk));
	if (adopt_run(adoption->statements.keyless, 0, NULL, SPI_OK_SELECT) == 0)
		return false;
	do_chunk(adoption, chunk);
	return true;
}

void
adopt_surplus_chunk(const Adoption *adoption, AdoptChunk *chunk)
{
	const char *values[] = {adoption->schema, adoption->table};

	memset(chunk, 0, sizeof(*chunk));
	chunk->source_checksum = chunk->stored_checksum = "0";
	chunk->keys = "{}";
	adopt_run(adoption->statements.surplus, lengthof(values), values,
			  SPI_OK_SELECT);
	chunk->counts[ADOPT_VERIFY_COUNTS - 1] =
		pg_strtoint64(adopt_value(1, CurrentMemoryContext));
}
