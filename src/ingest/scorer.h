/*-------------------------------------------------------------------------
 *
 * scorer.h
 *	  A consumer's own scorer: a function f(text[]) returns float8[] that
 *	  gives the overall sentiment in the place of the lexicon's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SCORER_H
#define ANALYTICS_SCORER_H

#include "postgres.h"

/*
 * The function of this name, such as "myschema.score(text[])", found with the
 * current search_path.  Raises, with a hint, when there is none or when it
 * is none that can be a scorer; who may use it is not looked at.
 */
extern Oid scorer_find(const char *name);

/* Its name whatever the search_path: schema and function, quoted. */
extern char *scorer_name(Oid function);

/* Whose rights it runs with. */
extern Oid scorer_owner(Oid function, bool *is_security_definer);

/*
 * What tells this definition of the function from those before it, mixed with
 * `seed`.  Of what the function calls it knows nothing.
 */
extern uint64 scorer_version(Oid function, uint64 seed);

/*
 * Have the texts scored: scores[i], -1..1, is that of texts[i].  The function
 * is called once, in the caller's open transaction with a snapshot, as its
 * owner in a security-restricted operation, with search_path pg_catalog,
 * pg_temp and none of its settings surviving it.  Raises whatever it raises,
 * and when its result cannot be used.
 */
extern void scorer_call(Oid function, char *const *texts, int count,
						double *scores);

#endif /* ANALYTICS_SCORER_H */
