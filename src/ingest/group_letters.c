/*-------------------------------------------------------------------------
 *
 * group_letters.c
 *	  The dead letters of a group that is being written.
 *
 * An event is in the ledger or a pending dead letter, not both.  The same
 * event may be on two ways at once, by a redelivery or from the local queue: what
 * fails although it has been processed is a duplicate, and makes no letter;
 * what is processed although it had failed settles its letter.
 *
 * That holds for two that do so at the same moment, too: each writes its own row
 * first, then waits for whoever has written the other and not committed yet
 * (in_doubt.c), and then looks again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "ingest/group_letters.h"
#include "ingest/in_doubt.h"
#include "ingest/replay.h"
#include "ingest/statements.h"

static const InDoubtPlace ledger = {"batches", "key", "batches_pkey"};
static const InDoubtPlace pending_letters = {"dead_letters", "event_id",
											 "dead_letters_pending_event_idx"};

static int
compare_letters(const void *a, const void *b)
{
	const DeadLetter *first = *(DeadLetter *const *) a;
	const DeadLetter *second = *(DeadLetter *const *) b;
	int order = strcmp(first->reason, second->reason);

	if (order == 0)
		order = memcmp(first->body_hash, second->body_hash, EVENT_HASH_LENGTH);
	return order;
}

/* ------------------------------------------------------------------ */
/* Letters of events that have been processed                         */
/* ------------------------------------------------------------------ */

/* A replay of a batch may fail although the ledger has it. */
static bool
may_be_known(const DeadLetter *letter)
{
	return letter->event_hash != NULL && !letter->delivery->replays_batch;
}

static void
mark_known(Staged *staging, const char *key, const bytea *hash)
{
	for (int i = 0; i < staging->letter_count; i++)
	{
		DeadLetter *letter = staging->letters[i];

		if (may_be_known(letter) && strcmp(letter->event_id, key) == 0 &&
			VARSIZE_ANY_EXHDR(hash) == EVENT_HASH_LENGTH &&
			memcmp(letter->event_hash, VARDATA_ANY(hash), EVENT_HASH_LENGTH) ==
				0)
			letter->known = true;
	}
}

/*
 * Which of the letters are of events that the ledger has, once it is settled
 * what others are about to put there?  Returns how many.
 */
static int
find_known(Staged *staging)
{
	const char **keys = palloc(Max(staging->letter_count, 1) * sizeof(char *));
	int count = 0;
	int known = 0;
	uint64 rows;
	Datum argument;

	for (int i = 0; i < staging->letter_count; i++)
	{
		staging->letters[i]->known = false;
		if (may_be_known(staging->letters[i]))
			keys[count++] = staging->letters[i]->event_id;
	}
	if (count == 0)
		return 0;
	in_doubt_wait(&ledger, keys, count);
	argument = statement_texts(keys, count);
	rows = statement_run(STATEMENT_KNOWN, &argument, NULL);
	for (uint64 row = 0; row < rows; row++)
		mark_known(staging, statement_text(row, 1), statement_bytes(row, 2));
	for (int i = 0; i < staging->letter_count; i++)
		known += staging->letters[i]->known;
	return known;
}

/* What the ledger has makes no letter. */
static void
leave_out_known(Staged *staging)
{
	int kept = 0;

	if (find_known(staging) == 0)
		return;
	for (int i = 0; i < staging->letter_count; i++)
		if (!staging->letters[i]->known)
			staging->letters[kept++] = staging->letters[i];
	staging->letter_count = kept;
}

static void
settle(Datum *ids, int count)
{
	Datum argument = PointerGetDatum(construct_array(
		ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));

	if (count > 0)
		statement_run(STATEMENT_SETTLE_LETTERS, &argument, NULL);
}

/*
 * The event of one that has been written may have been processed meanwhile:
 * since the letter was not to be seen then, it is settled here.  It stays
 * counted as a letter.
 */
static void
settle_overtaken(Staged *staging, const Datum *ids)
{
	Datum *overtaken = palloc(Max(staging->letter_count, 1) * sizeof(Datum));
	int count = 0;

	if (find_known(staging) == 0)
		return;
	for (int i = 0; i < staging->letter_count; i++)
	{
		if (staging->letters[i]->known)
			overtaken[count++] = ids[i];
		staging->letters[i]->known = false;
	}
	settle(overtaken, count);
}

/* Is this the body of one of the events that are processed just now? */
static bool
is_processed(const Staged *staging, const char *event_id, const bytea *body)
{
	for (int i = 0; i < staging->batch_count; i++)
	{
		const Delivery *delivery = &staging->batches[i]->batch->delivery;

		if (strcmp(staging->batches[i]->batch->event.event_id, event_id) ==
				0 &&
			delivery->body_length == VARSIZE_ANY_EXHDR(body) &&
			memcmp(delivery->body, VARDATA_ANY(body), delivery->body_length) ==
				0)
			return true;
	}
	return false;
}

void
letters_settle(const Staged *staging)
{
	const char **keys = palloc(Max(staging->batch_count, 1) * sizeof(char *));
	Datum *ids;
	int count = 0;
	uint64 rows;
	Datum argument;
	bool is_null;

	if (staging->batch_count == 0)
		return;
	for (int i = 0; i < staging->batch_count; i++)
		keys[i] = staging->batches[i]->batch->event.event_id;
	in_doubt_wait(&pending_letters, keys, staging->batch_count);
	argument = statement_texts(keys, staging->batch_count);
	rows = statement_run(STATEMENT_PENDING_LETTERS, &argument, NULL);
	if (rows == 0)
		return;
	ids = palloc(rows * sizeof(Datum));
	for (uint64 row = 0; row < rows; row++)
		if (is_processed(staging, statement_text(row, 2),
						 statement_bytes(row, 3)))
			ids[count++] = SPI_getbinval(SPI_tuptable->vals[row],
										 SPI_tuptable->tupdesc, 1, &is_null);
	settle(ids, count);
}

/* ------------------------------------------------------------------ */
/* Letters                                                            */
/* ------------------------------------------------------------------ */

/* The letters of the group and, behind them, one for each conflict. */
static void
stage_letters(BatchGroup *group, Staged *staging)
{
	DeadLetter *conflicts =
		palloc(Max(group->batch_count, 1) * sizeof(DeadLetter));
	int count = 0;

	staging->letters = palloc((group->letter_count + group->batch_count + 1) *
							  sizeof(DeadLetter *));
	for (int i = 0; i < group->letter_count; i++)
		staging->letters[count++] = &group->letters[i];
	for (int i = 0; i < group->batch_count; i++)
	{
		const Batch *batch = group->batches[i].batch;

		if (group->batches[i].verdict != VERDICT_CONFLICT)
			continue;
		conflicts[i] = (DeadLetter){
			.delivery = &batch->delivery,
			.event_id = batch->event.event_id,
			.platform = batch->event.platform,
			.reason = "KEY_CONFLICT",
			.message = "an event with the same event_id and another body was "
					   "processed before"};
		staging->letters[count++] = &conflicts[i];
	}
	staging->letter_count = count;
}

/*
 * What tells one letter from another of the same reason: the body, or the
 * headers where the body was too large to be taken.
 */
static void
hash_body(DeadLetter *letter)
{
	const Delivery *delivery = letter->delivery;
	const char *data = delivery->body;
	size_t length = delivery->body_length;

	if (delivery->refused_length > 0)
	{
		data = psprintf(UINT64_FORMAT " %s", delivery->refused_length,
						delivery->headers);
		length = strlen(data);
	}
	if (EVP_Digest(data, length, letter->body_hash, NULL, EVP_sha256(),
				   NULL) != 1)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not compute SHA-256 of an event body")));
}

/* Another of the same body and reason: it makes no letter of its own. */
static void
fold_letter(DeadLetter *kept, const DeadLetter *other)
{
	kept->deliveries++;
	if (kept->replays_letter == 0)
		kept->replays_letter = other->replays_letter;
	kept->replays_batch |= other->replays_batch;
}

/* Returns the ids of the letters, in their order. */
static Datum *
insert_letters(Staged *staging)
{
	Datum *ids = palloc(staging->letter_count * sizeof(Datum));
	uint64 rows = statement_run(STATEMENT_DEAD_LETTERS, NULL, NULL);
	bool is_null;

	if (rows != staging->letter_count)
		elog(ERROR, "wrote " UINT64_FORMAT " dead letters of %d", rows,
			 staging->letter_count);
	for (uint64 row = 0; row < rows; row++)
	{
		staging->letters[row]->inserted = statement_text(row, 3)[0] == 't';
		ids[row] = SPI_getbinval(SPI_tuptable->vals[row],
								 SPI_tuptable->tupdesc, 4, &is_null);
	}
	return ids;
}

void
letters_write(BatchGroup *group, Staged *staging)
{
	DeadLetter **letters;
	Datum *ids;
	int kept = 0;

	stage_letters(group, staging);
	leave_out_known(staging);
	letters = staging->letters;
	if (staging->letter_count == 0)
		return;
	for (int i = 0; i < staging->letter_count; i++)
	{
		hash_body(letters[i]);
		letters[i]->deliveries = 1;
		letters[i]->inserted = false;
		letters[i]->replays_letter = letters[i]->delivery->dead_letter;
		letters[i]->replays_batch = letters[i]->delivery->replays_batch;
	}
	qsort(letters, staging->letter_count, sizeof(DeadLetter *),
		  compare_letters);
	for (int i = 0; i < staging->letter_count; i++)
	{
		if (kept > 0 && compare_letters(&letters[kept - 1], &letters[i]) == 0)
			fold_letter(letters[kept - 1], letters[i]);
		else
			letters[kept++] = letters[i];
	}
	staging->letter_count = kept;

	ids = insert_letters(staging);
	replay_failed_again(staging);
	settle_overtaken(staging, ids);
}
