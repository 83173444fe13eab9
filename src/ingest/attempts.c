/*-------------------------------------------------------------------------
 *
 * attempts.c
 *	  analytics.attempts: events over which a worker has died.
 *
 * The record of a death (crash_record.c) is used up when it is found; what it says is kept here, in a table.  Only such
 * events cost a transaction, all others nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "ingest/attempts.h"

/* An event that never came again has left its row. */
static const char forget_sql[] =
	"DELETE FROM analytics.attempts WHERE last_at OPERATOR(pg_catalog.<) ("
	"pg_catalog.now() OPERATOR(pg_catalog.-) interval '7 days')";

static const char count_sql[] =
	"INSERT INTO analytics.attempts AS stored "
	"(body_hash, consumer, attempts, kills) "
	"VALUES ($1, $2, 1 OPERATOR(pg_catalog.+) $3, $4) "
	"ON CONFLICT (body_hash, consumer) DO UPDATE SET "
	"attempts = stored.attempts OPERATOR(pg_catalog.+) $3, "
	"kills = stored.kills OPERATOR(pg_catalog.+) $4, "
	"last_at = pg_catalog.now() RETURNING attempts, kills";

static int
result_number(int column)
{
	bool isnull;

	return DatumGetInt32(SPI_getbinval(
		SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull));
}

void
attempts_count(const char *consumer, const uint8 *key,
			   const CrashRecord *record, int *attempts, int *kills)
{
	Oid types[] = {BYTEAOID, TEXTOID, INT4OID, INT4OID};
	bytea *hash = palloc(VARHDRSZ + EVENT_HASH_LENGTH);
	Datum values[] = {PointerGetDatum(hash), CStringGetTextDatum(consumer),
					  Int32GetDatum(record->crashes),
					  Int32GetDatum(record->kills)};

	SET_VARSIZE(hash, VARHDRSZ + EVENT_HASH_LENGTH);
	memcpy(VARDATA(hash), key, EVENT_HASH_LENGTH);
	if (SPI_execute(forget_sql, false, 0) != SPI_OK_DELETE ||
		SPI_execute_with_args(count_sql, lengthof(types), types, values, NULL,
							  false, 0) != SPI_OK_INSERT_RETURNING ||
		SPI_processed != 1)
		elog(ERROR, "could not write analytics.attempts");
	*attempts = result_number(1);
	*kills = result_number(2);
}
