/*-------------------------------------------------------------------------
 *
 * store_health.c
 *	  Does the store of a pipeline work?
 *
 * It knows nothing of events: what becomes of one whose fetch failed is
 * pipeline_fetch.c's to decide, which tells here how fetches ended.  The
 * states are listed in store_health.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "ingest/log_level.h"
#include "ingest/store_health.h"

/* Events could fill the log with what they name: no more lines than these. */
#define REFUSAL_LOG_MS 60000

/* Asked for where no object of the store is known: not there, it is hoped. */
#define INVENTED_KEY "analytics-asks-whether-you-are-well"

/* The value may be the very text that it replaces. */
static void
replace_text(StoreHealth *health, char **text, const char *value)
{
	char *copy = MemoryContextStrdup(health->context, value);

	if (*text != NULL)
		pfree(*text);
	*text = copy;
}

static void
forget_text(char **text)
{
	if (*text != NULL)
		pfree(*text);
	*text = NULL;
}

void
store_health_init(StoreHealth *health, MemoryContext context)
{
	health->context = context;
}

void
store_health_set_store(StoreHealth *health, const char *name, bool is_another)
{
	if (is_another)
	{
		health->is_probing = false;
		health->is_down = false;
		health->is_misconfigured = false;
		health->refuses = false;
		health->refusal_ms = 0;
		health->failures = 0;
		health->answered_ms = 0;
		forget_text(&health->good_bucket);
		forget_text(&health->good_key);
	}
	replace_text(health, &health->name, name);
}

/* --- working or not --- */

bool
store_health_is_answer(const StoreResult *result)
{
	return result->outcome == STORE_OK || result->outcome == STORE_NOT_FOUND ||
		   (fetch_classify(result) == FETCH_PERMANENT &&
			result->http_status != 0);
}

void
store_health_up(StoreHealth *health)
{
	health->failures = 0;
	health->refuses = false;
	health->answered_ms = io_now_ms();
	if (!health->is_down)
		return;
	ereport(LOG, (errmsg("%s: store \"%s\" works again", log_speaker(),
						 health->name)));
	health->is_down = false;
	health->is_misconfigured = false;
	health->attempts = 0;
}

void
store_health_fetched(StoreHealth *health, const char *bucket, const char *key)
{
	store_health_up(health);
	if (health->good_key == NULL || strcmp(health->good_key, key) != 0)
	{
		replace_text(health, &health->good_bucket, bucket);
		replace_text(health, &health->good_key, key);
	}
}

void
store_health_down(StoreHealth *health, const IoError *error,
				  bool is_misconfigured, const char *bucket, const char *key)
{
	if (!health->is_down)
	{
		ereport(LOG, (errmsg("%s: store \"%s\" does not work: %s",
							 log_speaker(), health->name, error->message),
					  error->hint[0] ? errhint("%s", error->hint) : 0));
		store_health_probe_for(health, bucket, key);
		health->is_down = true;
		health->attempts = 0;
	}
	health->is_misconfigured = is_misconfigured;
	health->error = *error;
	health->attempts++;
	health->probe_ms = io_now_ms() + retry_delay_ms(health->attempts);
}

/* --- failures --- */

void
store_health_note_failure(StoreHealth *health, FetchFailure failure,
						  const IoError *error)
{
	bool refused = failure == FETCH_CONFIGURATION;

	if (failure == FETCH_AMBIGUOUS || failure == FETCH_PERMANENT ||
		failure == FETCH_SYSTEM)
		return;
	if (refused && !health->refuses && !health->is_down &&
		io_now_ms() >= health->refusal_ms)
	{
		health->refusal_ms = io_now_ms() + REFUSAL_LOG_MS;
		ereport(LOG, (errmsg("%s: store \"%s\" refuses: %s", log_speaker(),
							 health->name, error->message),
					  error->hint[0] ? errhint("%s", error->hint) : 0));
	}
	health->fetch_failures++;
	health->failure = *error;
	health->failure_refused = refused;
	health->refuses = refused;
}

static uint64
object_hash(const char *bucket, const char *key)
{
	uint64 seed = hash_bytes_extended((const unsigned char *) bucket,
									  (int) strlen(bucket), 0);

	return hash_bytes_extended((const unsigned char *) key, (int) strlen(key),
							   seed);
}

/*
 * Note the failure of one more object.  Events that were parked come again, so
 * that objects, and not entries, are told apart; those that failed in another
 * way are no part of the row.
 */
static void
count_failed_object(StoreHealth *health, const char *bucket, const char *key,
					FetchFailure failure)
{
	uint64 hash = object_hash(bucket, key);

	if (health->failed_how != failure)
		health->failures = 0;
	health->failed_how = failure;
	for (int i = 0; i < health->failures; i++)
		if (health->failed[i] == hash)
			return;
	if (health->failures < STORE_FAILURES_LIMIT)
		health->failed[health->failures++] = hash;
}

/* Have enough different objects failed in a row to blame the store? */
bool
store_health_count_failure(StoreHealth *health, const char *bucket,
						   const char *key, FetchFailure failure)
{
	count_failed_object(health, bucket, key, failure);
	if (failure == FETCH_STORE)
		return true;
	return health->failures >= (failure == FETCH_CONFIGURATION
									? STORE_REFUSALS_LIMIT
									: STORE_FAILURES_LIMIT);
}

bool
store_health_is_proven(const StoreHealth *health, int64 started_ms)
{
	return health->answered_ms != 0 &&
		   started_ms - health->answered_ms <= store_proven_ms();
}

/* --- probes --- */

void
store_health_start_probe(StoreHealth *health, StoreClient *store)
{
	if (health->is_probing || io_now_ms() < health->probe_ms)
		return;
	health->is_probing =
		store_start(store, health->probe_bucket, health->probe_key, health);
	if (!health->is_probing)
		health->probe_ms = io_now_ms() + retry_delay_ms(1);
}

bool
store_health_probe_ended(StoreHealth *health, const StoreResult *result)
{
	bool refused = fetch_classify(result) == FETCH_CONFIGURATION;
	bool invented = strcmp(health->probe_key, INVENTED_KEY) == 0;

	health->is_probing = false;
	/* Who may not list a bucket is not told what it lacks: 403. */
	if (store_health_is_answer(result) ||
		(refused && invented && !health->is_misconfigured))
	{
		store_health_up(health);
		return true;
	}
	store_health_down(health, &result->error, refused, health->probe_bucket,
					  health->probe_key);
	return false;
}

/*
 * Where nothing was fetched, a name that is hardly there does as well: that
 * the store says so is an answer.
 */
bool
store_health_choose_probe(StoreHealth *health)
{
	health->probes_good = !health->probes_good;
	if (health->probes_good && health->good_key == NULL)
		replace_text(health, &health->probe_key, INVENTED_KEY);
	else if (health->probes_good)
		store_health_probe_for(health, health->good_bucket, health->good_key);
	return health->probes_good;
}

void
store_health_probe_for(StoreHealth *health, const char *bucket,
					   const char *key)
{
	replace_text(health, &health->probe_bucket, bucket);
	replace_text(health, &health->probe_key, key);
}
