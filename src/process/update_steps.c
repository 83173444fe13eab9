/*-------------------------------------------------------------------------
 *
 * update_steps.c
 *	  What an update of the extension can have built before it, and what is
 *	  there of it.
 *
 * The steps are data of the library, not of a table: it is the library that
 * comes with the new version, while the tables are still those of the old one.
 * A version to come adds its lines to the list; the script to that version
 * then calls analytics.complete_update(), which adopts what was built.
 *
 * Prepared or not, an index must come out the same.  The script names the
 * definitions to complete_update(), which refuses what is not the same here:
 * so the lines of a version that was released are as fixed as its script.
 * Nothing here changes anything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "process/txn.h"
#include "process/update_steps.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define UPDATE_SCHEMA "analytics"

/* Numbers of a version that are compared. */
#define VERSION_PARTS 4

static const UpdateStep steps[] = {
	{"1.1", "post_analytics", "idx_post_analytics_project_id",
	 "CREATE INDEX idx_post_analytics_project_id ON "
	 "analytics.post_analytics USING btree (project_id)"},
};

bool analytics_allow_blocking_update = false;

const UpdateStep *
update_steps(int *count)
{
	*count = lengthof(steps);
	return steps;
}

bool
update_version_has_steps(const char *version)
{
	for (int i = 0; i < lengthof(steps); i++)
	{
		if (strcmp(steps[i].version, version) == 0)
			return true;
	}
	return false;
}

const char *
update_versions(void)
{
	static char list[64];
	const char *last = "";

	list[0] = '\0';
	for (int i = 0; i < lengthof(steps); i++)
	{
		if (strcmp(steps[i].version, last) == 0)
			continue;
		last = steps[i].version;
		if (list[0] != '\0')
			strlcat(list, ", ", sizeof(list));
		strlcat(list, last, sizeof(list));
	}
	return list;
}

int
update_compare_versions(const char *a, const char *b)
{
	for (int i = 0; i < VERSION_PARTS; i++)
	{
		char *a_end;
		char *b_end;
		long a_part = strtol(a, &a_end, 10);
		long b_part = strtol(b, &b_end, 10);

		if (a_part != b_part)
			return a_part < b_part ? -1 : 1;
		a = *a_end == '.' ? a_end + 1 : a_end;
		b = *b_end == '.' ? b_end + 1 : b_end;
	}
	return 0;
}

/* --- what is there --- */

static Oid
update_relation(const char *name)
{
	Oid schema = get_namespace_oid(UPDATE_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

/*
 * Quoted as in our own text, whatever the session prefers.  NULL: it is not
 * there any more, since nothing is locked.
 */
static char *
update_definition(Oid index)
{
	LOCAL_FCINFO(call, 1);
	int level = NewGUCNestLevel();
	Datum definition;

	InitFunctionCallInfoData(*call, NULL, 1, InvalidOid, NULL, NULL);
	call->args[0].value = ObjectIdGetDatum(index);
	call->args[0].isnull = false;

	(void) set_config_option("quote_all_identifiers", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	definition = pg_get_indexdef(call);
	AtEOXact_GUC(true, level);
	return call->isnull ? NULL : TextDatumGetCString(definition);
}

/* Of an index of the right definition. */
static UpdateIndexState
update_index_state(Oid index)
{
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool working;

	if (!HeapTupleIsValid(tuple))
		return UPDATE_INDEX_ABSENT;
	form = (Form_pg_index) GETSTRUCT(tuple);
	/* used by queries, and kept by writers? */
	working = form->indisvalid && form->indisready && form->indislive;
	ReleaseSysCache(tuple);
	return working ? UPDATE_INDEX_VALID : UPDATE_INDEX_INVALID;
}

/* It has been dropped between two of our looks. */
static UpdateFinding
update_absent(void)
{
	return (UpdateFinding){.state = UPDATE_INDEX_ABSENT};
}

UpdateFinding
update_look(const UpdateStep *step)
{
	UpdateFinding finding = {.relation = update_relation(step->index)};
	char kind;

	if (!OidIsValid(finding.relation))
		return update_absent();
	kind = get_rel_relkind(finding.relation);
	if (kind == '\0')
		return update_absent();
	if (kind != RELKIND_INDEX)
	{
		finding.state = UPDATE_INDEX_DIFFERENT;
		finding.definition = pstrdup("It is no index of a table.");
		return finding;
	}
	finding.definition = update_definition(finding.relation);
	if (finding.definition == NULL)
		return update_absent();
	if (strcmp(finding.definition, step->definition) != 0)
		finding.state = UPDATE_INDEX_DIFFERENT;
	else
		finding.state = update_index_state(finding.relation);
	return finding.state == UPDATE_INDEX_ABSENT ? update_absent() : finding;
}

void
update_refuse_different(const UpdateStep *step, const UpdateFinding *finding)
{
	if (finding->state != UPDATE_INDEX_DIFFERENT)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s.%s\" is there and is not what version %s "
					"adds",
					UPDATE_SCHEMA, step->index, step->version),
			 errdetail("There is: %s Version %s adds: %s", finding->definition,
					   step->version, step->definition),
			 errhint("Give it another name, ALTER INDEX %s.%s RENAME TO ...; "
					 "or drop it.",
					 UPDATE_SCHEMA, step->index)));
}

Oid
update_table(const UpdateStep *step, Oid *owner)
{
	Oid table = update_relation(step->table);
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.%s\" is not there", UPDATE_SCHEMA,
						step->table),
				 errhint("SELECT * FROM analytics.check(); tells what else "
						 "of the extension is missing.")));
	if (owner != NULL)
		*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return table;
}

bool
update_owns_table(Oid role)
{
	for (int i = 0; i < lengthof(steps); i++)
	{
		Oid table = update_relation(steps[i].table);
		HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
		Oid owner;

		if (!HeapTupleIsValid(tuple))
			continue;
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
		if (owner == role)
			return true;
	}
	return false;
}
