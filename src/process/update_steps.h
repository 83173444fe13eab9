/*-------------------------------------------------------------------------
 *
 * update_steps.h
 *	  What an update of the extension can have built before it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_STEPS_H
#define ANALYTICS_UPDATE_STEPS_H

#include "postgres.h"

/*
 * An index that the script to `version` adds.  The definition is as
 * pg_get_indexdef() has it, since it is compared with that, and as the script
 * has it too.
 */
typedef struct UpdateStep
{
	const char *version;
	const char *table; /* of schema analytics, as the index is */
	const char *index;
	const char *definition;
} UpdateStep;

typedef enum UpdateIndexState
{
	UPDATE_INDEX_ABSENT,
	UPDATE_INDEX_VALID,
	UPDATE_INDEX_INVALID,  /* of this definition; being built, or a leftover */
	UPDATE_INDEX_DIFFERENT /* something else has its name */
} UpdateIndexState;

typedef struct UpdateFinding
{
	UpdateIndexState state;
	Oid relation;     /* InvalidOid: absent */
	char *definition; /* of what is there, palloc'd; NULL: absent */
} UpdateFinding;

/*
 * Of a table that is larger the update script builds no index by itself,
 * since writers wait meanwhile, unless analytics.allow_blocking_update is on.
 */
#define UPDATE_BLOCKING_MAX_MB 64
extern bool analytics_allow_blocking_update;

/* All steps, in the order of versions and, within one, of their building. */
extern const UpdateStep *update_steps(int *count);

/* Does this version have steps?  For messages: those that do, "1.1, 1.2". */
extern bool update_version_has_steps(const char *version);
extern const char *update_versions(void);

/* Below, at or above 0 as version a is older than, the same as, newer than b. */
extern int update_compare_versions(const char *a, const char *b);

/* What is there under the name of the step's index?  Inside a transaction. */
extern UpdateFinding update_look(const UpdateStep *step);

/* Raise unless what was found can be built, or is there already. */
extern void update_refuse_different(const UpdateStep *step,
									const UpdateFinding *finding);

/*
 * The step's table; raises when it is not there.  *owner, unless NULL, gets
 * its owner.  Inside a transaction; nothing is locked.
 */
extern Oid update_table(const UpdateStep *step, Oid *owner);

/* Does this role own a table of any step?  Inside a transaction. */
extern bool update_owns_table(Oid role);

#endif /* ANALYTICS_UPDATE_STEPS_H */
