/*-------------------------------------------------------------------------
 *
 * group_queue.c
 *	  The local queue and the attempts, of a group that is being written.
 *
 * Events that wait for themselves go to the local queue; those that are settled
 * leave it, and leave the record of events over which workers have died.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "ingest/group_queue.h"
#include "ingest/statements.h"

void
queue_park(BatchGroup *group)
{
	for (int i = 0; i < group->parked_count; i++)
	{
		const ParkedEvent *parked = &group->parked[i];
		const Delivery *delivery = parked->delivery;
		Datum values[5];

		if (delivery->source == DELIVERY_LOCAL_QUEUE)
		{
			values[0] = Int64GetDatum(delivery->queue_id);
			values[1] = Int32GetDatum(parked->attempts);
			values[2] = TimestampTzGetDatum(parked->due_at);
			statement_run(STATEMENT_PARK_AGAIN, values, NULL);
			continue;
		}
		values[0] = CStringGetTextDatum(group->consumer);
		values[1] = PointerGetDatum(
			cstring_to_text_with_len(delivery->body, delivery->body_length));
		values[2] = DirectFunctionCall1(
			jsonb_in,
			CStringGetDatum(delivery->headers ? delivery->headers : "{}"));
		values[3] = Int32GetDatum(parked->attempts);
		values[4] = TimestampTzGetDatum(parked->due_at);
		statement_run(STATEMENT_PARK, values, NULL);
	}
}

static int
add_queue_id(Datum *ids, int count, const Delivery *delivery)
{
	if (delivery->source == DELIVERY_LOCAL_QUEUE)
		ids[count++] = Int64GetDatum(delivery->queue_id);
	return count;
}

void
queue_delete_settled(const BatchGroup *group)
{
	Datum *ids =
		palloc((group->batch_count + group->letter_count + 1) * sizeof(Datum));
	int count = 0;
	Datum argument;

	for (int i = 0; i < group->batch_count; i++)
		count = add_queue_id(ids, count, &group->batches[i].batch->delivery);
	for (int i = 0; i < group->letter_count; i++)
		count = add_queue_id(ids, count, group->letters[i].delivery);
	if (count == 0)
		return;
	argument = PointerGetDatum(construct_array(
		ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	statement_run(STATEMENT_UNQUEUE, &argument, NULL);
}

static int
add_event_key(Datum *keys, int count, const Delivery *delivery)
{
	bytea *key = palloc(VARHDRSZ + EVENT_HASH_LENGTH);

	if (delivery->event_key == NULL)
		return count;
	SET_VARSIZE(key, VARHDRSZ + EVENT_HASH_LENGTH);
	memcpy(VARDATA(key), delivery->event_key, EVENT_HASH_LENGTH);
	keys[count] = PointerGetDatum(key);
	return count + 1;
}

void
queue_forget_attempts(BatchGroup *group)
{
	Datum *keys =
		palloc((group->batch_count + group->letter_count) * sizeof(Datum));
	Datum values[2];
	int count = 0;

	for (int i = 0; i < group->batch_count; i++)
		count = add_event_key(keys, count, &group->batches[i].batch->delivery);
	for (int i = 0; i < group->letter_count; i++)
		count = add_event_key(keys, count, group->letters[i].delivery);
	values[0] = PointerGetDatum(
		construct_array(keys, count, BYTEAOID, -1, false, TYPALIGN_INT));
	values[1] = CStringGetTextDatum(group->consumer);
	if (count > 0)
		statement_run(STATEMENT_FORGET_ATTEMPTS, values, NULL);
	group->attempts_left =
		statement_run(STATEMENT_ATTEMPTS_LEFT, &values[1], NULL) > 0;
}
