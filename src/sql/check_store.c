/*-------------------------------------------------------------------------
 *
 * check_store.c
 *	  Checks of an object store: does it answer us, and may we read it?
 *
 * From each bucket one object is asked for that is hardly there.  "No such
 * object" is the best of answers: the store is reached, it knows us, the
 * bucket is there, and we may read it and be told what it lacks.  It is the
 * question of a worker's own probe, and the only one that is sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "miscadmin.h"
#include "utils/builtins.h"

#include "ingest/connections.h"
#include "io/object_store.h"
#include "sql/check.h"

#define HARDLY_THERE "analytics-check"

#define FETCHES_AT_ONCE 8

/* S3 refuses a request that is signed 15 minutes off. */
#define CLOCK_WARNING_S 60
#define CLOCK_ERROR_S 900

/* What one bucket came to. */
typedef struct BucketAnswer
{
	const char *bucket;
	bool arrived;
	StoreOutcome outcome;
	IoError error;
	int64 server_time; /* 0: not told */
	int64 skew;        /* seconds that the server is ahead of us */
} BucketAnswer;

typedef struct StoreCheck
{
	CheckReport *report;
	const char *server;
	const char *role;
	StoreOptions options;
	bool any_bucket; /* the option "buckets" is not set */
	BucketAnswer *answers;
	int count;
	int allowed_ms;
} StoreCheck;

/* ---- asking ---- */

static void
set_options(StoreCheck *check)
{
	StoreOptions *options = &check->options;

	options->max_fetches = FETCHES_AT_ONCE;
	options->connect_timeout_ms =
		Min(options->connect_timeout_ms, check->allowed_ms);
	options->stall_timeout_s = 5;
	options->total_timeout_s = 5;
	check->any_bucket = options->buckets == NULL;
	check->count = check->any_bucket ? 1 : options->bucket_count;
	check->answers = palloc0(sizeof(BucketAnswer) * (check->count + 1));
	for (int i = 0; i < check->count; i++)
		check->answers[i].bucket =
			check->any_bucket ? HARDLY_THERE : options->buckets[i];
}

static void
take_results(StoreClient *store)
{
	StoreResult result;

	while (store_next(store, &result))
	{
		BucketAnswer *answer = result.owner;

		answer->arrived = true;
		answer->outcome = result.outcome;
		answer->error = result.error;
		answer->server_time = result.server_time;
		answer->skew = result.server_time - (int64) time(NULL);
		store_result_free(&result);
	}
}

/* Until all have come, or the time is up. */
static void
await_answers(StoreCheck *check, StoreClient *store)
{
	int64 deadline = io_now_ms() + check->allowed_ms;

	while (store_active(store) > 0)
	{
		int64 left = deadline - io_now_ms();
		int timeout;

		store_run(store);
		take_results(store);
		timeout = store_timeout_ms(store);
		if (left <= 0 || store_active(store) == 0)
			return;
		if (timeout < 0 || timeout > left)
			timeout = (int) left;
		(void) check_waiter.wait(NULL, store_socket(store), false, timeout);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
explain_silence(StoreCheck *check)
{
	for (int i = 0; i < check->count; i++)
	{
		BucketAnswer *answer = &check->answers[i];

		if (answer->arrived)
			continue;
		answer->outcome = STORE_UNAVAILABLE;
		io_error_set(&answer->error, "TIMEOUT",
					 "See whether the store is overloaded, or something on "
					 "the way swallows what is sent.",
					 "object store \"%.100s\" did not answer within %d ms",
					 check->options.endpoint, check->allowed_ms);
	}
}

/* False: there is not even a client. */
static bool
ask(StoreCheck *check)
{
	IoError error;
	StoreClient *store = store_create(&check->options, &error);

	if (store == NULL)
	{
		check_add_error(check->report, "store", check->server, CHECK_ERROR,
						&error);
		return false;
	}
	PG_TRY();
	{
		for (int i = 0; i < check->count; i++)
			if (!store_start(store, check->answers[i].bucket, HARDLY_THERE,
							 &check->answers[i]))
				ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
								errmsg("could not ask for an object")));
		await_answers(check, store);
	}
	PG_FINALLY();
	{
		store_destroy(store);
	}
	PG_END_TRY();
	explain_silence(check);
	return true;
}

/* ---- telling ---- */

/* Did the store refuse us altogether, and not only this bucket? */
static bool
is_about_the_store(const BucketAnswer *answer)
{
	static const char *const logins[] = {
		"SignatureDoesNotMatch", "InvalidAccessKeyId",
		"RequestTimeTooSkewed",  "RequestExpired",
		"ExpiredToken",          "AuthorizationHeaderMalformed",
		"InvalidToken",          "TokenRefreshRequired"};

	if (answer->outcome == STORE_MISCONFIGURED ||
		answer->outcome == STORE_UNAVAILABLE)
		return true;
	for (size_t i = 0; i < lengthof(logins); i++)
		if (answer->outcome == STORE_DENIED &&
			strcmp(answer->error.code, logins[i]) == 0)
			return true;
	return false;
}

/* What is wrong with the store as a whole; NULL: nothing. */
static const BucketAnswer *
find_trouble(const StoreCheck *check)
{
	for (int i = 0; i < check->count; i++)
		if (!is_about_the_store(&check->answers[i]))
			return NULL;
	return check->count > 0 ? &check->answers[0] : NULL;
}

static void
tell_store(StoreCheck *check, const BucketAnswer *trouble)
{
	if (trouble != NULL)
		check_add_error(check->report, "store", check->server, CHECK_ERROR,
						&trouble->error);
	else
		check_add(check->report, "store", check->server, CHECK_OK,
				  psprintf("\"%s\" answers, asked as role \"%s\"",
						   check->options.endpoint, check->role),
				  NULL);
}

static void
tell_clock(StoreCheck *check)
{
	const BucketAnswer *told = NULL;
	int64 off;

	for (int i = 0; i < check->count && told == NULL; i++)
		if (check->answers[i].server_time != 0)
			told = &check->answers[i];
	if (told == NULL)
	{
		bool is_folder =
			strncmp(check->options.endpoint, "file:", strlen("file:")) == 0;

		check_add(check->report, "clock", check->server,
				  is_folder ? CHECK_SKIPPED : CHECK_UNKNOWN,
				  is_folder ? "a folder has no clock of its own"
							: "the store does not say what time it has",
				  is_folder ? NULL
							: "Compare what \"date -u\" says on both "
							  "machines.");
		return;
	}
	off = told->skew < 0 ? -told->skew : told->skew;
	check_add(check->report, "clock", check->server,
			  off >= CLOCK_ERROR_S    ? CHECK_ERROR
			  : off > CLOCK_WARNING_S ? CHECK_WARNING
									  : CHECK_OK,
			  off > 1 ? psprintf("the store's clock is %lld s %s this "
								 "machine's",
								 (long long) off,
								 told->skew > 0 ? "ahead of" : "behind")
					  : "the store's clock and this machine's agree",
			  off > CLOCK_WARNING_S
				  ? "Let both machines keep time by NTP: S3 refuses requests "
					"that are signed 15 minutes off."
				  : NULL);
}

static void
tell_bucket(StoreCheck *check, const BucketAnswer *answer)
{
	char *subject = psprintf("%s/%s", check->server, answer->bucket);

	if (answer->outcome == STORE_OK || answer->outcome == STORE_NOT_FOUND)
		check_add(check->report, "bucket", subject, CHECK_OK,
				  psprintf("bucket \"%s\" can be read", answer->bucket), NULL);
	else
		check_add_error(check->report, "bucket", subject, CHECK_ERROR,
						&answer->error);
}

static void
tell_buckets(StoreCheck *check, const BucketAnswer *trouble)
{
	if (trouble != NULL)
		check_add(check->report, "bucket", check->server, CHECK_SKIPPED,
				  "the store cannot be asked", NULL);
	else if (check->any_bucket)
		check_add(check->report, "bucket", check->server, CHECK_WARNING,
				  "events may name any bucket, so none was looked at, and one "
				  "that names a bucket which does not exist stops the "
				  "consumer",
				  psprintf("ALTER SERVER %s OPTIONS (ADD buckets '...');",
						   quote_identifier(check->server)));
	else
		for (int i = 0; i < check->count; i++)
			tell_bucket(check, &check->answers[i]);
}

void
check_store(CheckReport *report, const ConsumerConfig *config)
{
	StoreCheck check = {.report = report,
						.server = config->store_name,
						.role = GetUserNameFromId(config->role, false)};
	const BucketAnswer *trouble;

	if (check_is_asked(report, check.server, config->role) != ASKED_NEVER)
		return;
	check_note_asked(report, check.server, config->role, false);
	connection_load_store(check.server, config->role, &check.options);
	check.allowed_ms = check_time(report, "store", check.server);
	if (check.allowed_ms == 0)
		return;
	set_options(&check);
	if (!ask(&check))
		return;
	trouble = find_trouble(&check);
	tell_store(&check, trouble);
	tell_clock(&check);
	tell_buckets(&check, trouble);
}
