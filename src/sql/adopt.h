/*-------------------------------------------------------------------------
 *
 * adopt.h
 *	  Moving in from the old service: what the parts of adopt() share.
 *
 * A pass over one table of the source goes chunk by chunk through its phases;
 * where it is stands in a row of analytics.adoptions.  SPI must be connected
 * for all of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ADOPT_H
#define ANALYTICS_ADOPT_H

#include "postgres.h"

#define ADOPT_CHUNK_ROWS_MAX 100000

/* Of analytics.adoption_statements(); see there for their parameters. */
typedef struct AdoptStatements
{
	char *estimate;
	char *last_key;
	char *bound;
	char *keyless;
	char *copy;
	char *refuse;
	char *verify;
	char *surplus;
	char *refusals;
	char *futures;
} AdoptStatements;

typedef enum AdoptPhase
{
	ADOPT_COPY,
	ADOPT_VERIFY,
	ADOPT_DONE
} AdoptPhase;

/* A pass over one table, in memory that outlives transactions. */
typedef struct Adoption
{
	MemoryContext context; /* of what is below */
	const char *schema;
	const char *table;
	char *target;
	AdoptStatements statements;
	int pass;
	AdoptPhase phase;
	char *position; /* key up to which the phase is done; NULL: none */
	char *last_key; /* key with which it ends; NULL: there is none */
	int64 chunk_rows;
	int64 step;  /* rows that the next chunk may have: fewer after a failure */
	int refused; /* keys in a row that were found bad only by trying */
} Adoption;

/* What a chunk has come to: for the columns of adoptions, in their order. */
#define ADOPT_COPY_COUNTS 8
#define ADOPT_VERIFY_COUNTS 8

typedef struct AdoptChunk
{
	int64 counts[ADOPT_COPY_COUNTS];
	/* of a comparison, in digits; these live as long as the caller's context */
	const char *source_checksum;
	const char *stored_checksum;
	const char *keys; /* of what differs, as an array */
	char *upto;       /* key with which it ends; NULL: rows without a key; in
						 the adoption's context */
	int64 micros;     /* time that it took */
} AdoptChunk;

/* --- adopt_chunk.c --- */

/* Load analytics.adoption_statements() for adoption->schema and table. */
extern void adopt_load_statements(Adoption *adoption);

/*
 * Do the next chunk of the phase, in this transaction and without committing;
 * false: there is none.  A row that cannot be taken goes to adoption_rejects.
 * Raises what is no row's fault.
 */
extern bool adopt_next_chunk(Adoption *adoption, AdoptChunk *chunk);

/* The rows that have no key, likewise; false: there are none. */
extern bool adopt_keyless_chunk(Adoption *adoption, AdoptChunk *chunk);

/*
 * What is here of the source, as the last chunk of a comparison: the chunks
 * have subtracted what they found.
 */
extern void adopt_surplus_chunk(const Adoption *adoption, AdoptChunk *chunk);

/* --- adopt_own.c --- */

/*
 * Gather the crawl errors that rows of this source may be the same as, in a
 * temporary table, for the phase that begins or goes on; false: the source is
 * not one of crawl errors.
 */
extern bool adopt_gather_own(const Adoption *adoption);

/* The phase is over. */
extern void adopt_forget_own(void);

/* --- adopt_state.c --- */

/*
 * Take up the newest pass of the table where it is copying, or begin one after
 * it: one that has copied all would find nothing new.  Raises if another
 * session is at it.
 */
extern void adopt_claim(Adoption *adoption);

/* As above, for a comparison: of the newest pass, which must be done. */
extern void adopt_claim_verification(Adoption *adoption);

/* Add a chunk to what is noted, and where the pass is. */
extern void adopt_note_chunk(Adoption *adoption, const AdoptChunk *chunk);

/* On to the next phase, from its start. */
extern void adopt_next_phase(Adoption *adoption);

/*
 * What the comparison has found, for people; *agrees: nothing differs.  *gone:
 * what is said of rows that only we have; NULL: there are none.
 */
extern char *adopt_result(const Adoption *adoption, bool *agrees, char **gone);

/*
 * Likewise of a comparison by itself: where nothing differs, what has become of
 * all rows.
 */
extern char *adopt_verdict(const Adoption *adoption, bool *agrees,
						   char **gone);

/* --- adopt_run.c: SPI, with text parameters --- */

/*
 * Names in what is run next are those of pg_catalog, naive times are UTC, and
 * row security hides nothing without an error.  Until the end of the
 * transaction, so once in each.
 */
extern void adopt_begin_transaction(void);

#define ADOPT_MAX_PARAMETERS 7

/*
 * Run it with these parameters, all of type text (NULL: null); raises unless
 * the result is `expected` of SPI.  Returns the number of rows.  The result of
 * the call before it is freed, and the current memory context stays.
 */
extern uint64 adopt_run(const char *statement, int count,
						const char *const *values, int expected);

/* The value of the first row, palloc'd in `context`; NULL: null, or no row. */
extern char *adopt_value(int column, MemoryContext context);

/*
 * Do `work` in a subtransaction: the error that it fails with, in the current
 * memory context, or NULL.  Whose fault it is, is for the caller to say.
 */
extern ErrorData *adopt_try(void (*work)(void *argument), void *argument);

/*
 * May it be for what a row holds?  So it is of an SQLSTATE of a trigger's own;
 * of a cancelled statement and an internal error it is not.
 */
extern bool adopt_is_rows_fault(const ErrorData *error);

#endif /* ANALYTICS_ADOPT_H */
