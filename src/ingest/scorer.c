/*-------------------------------------------------------------------------
 *
 * scorer.c
 *	  Call a consumer's own scorer, and take nothing from it but scores.
 *
 * The function is somebody else's code in a process of ours, so it runs as
 * CREATE INDEX and REFRESH MATERIALIZED VIEW run theirs: as its owner, in a
 * security-restricted operation, in which it cannot become anybody else, make
 * temporary tables or leave triggers for the commit.  What it returns is
 * believed only after every element was looked at.  Nothing here catches an
 * error or knows a batch: worker_scoring.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "ingest/scorer.h"

#define SCORER_EXAMPLE                                                        \
	"CREATE FUNCTION schema.name(texts text[]) RETURNS float8[] ..., and "    \
	"name it as 'schema.name(text[])'."

/* InvalidOid: there is no such function. */
static Oid
find_procedure(const char *name)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum found;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = CStringGetTextDatum(name);
	fcinfo->args[0].isnull = false;
	found = to_regprocedure(fcinfo);
	return fcinfo->isnull ? InvalidOid : DatumGetObjectId(found);
}

/* Why it cannot be a scorer; NULL: it can. */
static const char *
find_fault(const FormData_pg_proc *function)
{
	if (function->prokind != PROKIND_FUNCTION)
		return "It is no function.";
	if (function->proretset)
		return "It returns a set.";
	if (function->pronargs != 1 ||
		function->proargtypes.values[0] != TEXTARRAYOID)
		return "Its argument is not of type text[].";
	if (function->prorettype != FLOAT8ARRAYOID)
		return "It does not return float8[].";
	if (isAnyTempNamespace(function->pronamespace))
		return "It is temporary.";
	return NULL;
}

static HeapTuple
function_row(Oid function)
{
	HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));

	if (!HeapTupleIsValid(row))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", function)));
	return row;
}

Oid
scorer_find(const char *name)
{
	Oid function = find_procedure(name);
	const char *fault;
	HeapTuple row;

	if (!OidIsValid(function))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("function \"%s\" does not exist", name),
						errhint(SCORER_EXAMPLE)));
	row = function_row(function);
	fault = find_fault((Form_pg_proc) GETSTRUCT(row));
	ReleaseSysCache(row);
	if (fault != NULL)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" cannot be a scorer", name),
						errdetail("%s", fault), errhint(SCORER_EXAMPLE)));
	return function;
}

char *
scorer_name(Oid function)
{
	return psprintf("%s(text[])",
					quote_qualified_identifier(
						get_namespace_name(get_func_namespace(function)),
						get_func_name(function)));
}

Oid
scorer_owner(Oid function, bool *is_security_definer)
{
	HeapTuple row = function_row(function);
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(row);
	Oid owner = form->proowner;

	if (is_security_definer != NULL)
		*is_security_definer = form->prosecdef;
	ReleaseSysCache(row);
	return owner;
}

uint64
scorer_version(Oid function, uint64 seed)
{
	HeapTuple row = function_row(function);
	struct
	{
		Oid function;
		TransactionId written_by;
		ItemPointerData place;
	} version;

	memset(&version, 0, sizeof(version)); /* the padding as well */
	version.function = function;
	version.written_by = HeapTupleHeaderGetRawXmin(row->t_data);
	version.place = row->t_self;
	ReleaseSysCache(row);
	return hash_bytes_extended((const unsigned char *) &version,
							   sizeof(version), seed);
}

static Datum
text_array(char *const *texts, int count)
{
	Datum *values = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(
		construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The result, which may be NULL. */
static Datum
call(Oid function, Datum argument, bool *is_null)
{
	LOCAL_FCINFO(fcinfo, 1);
	FmgrInfo info;
	Datum result;

	fmgr_info(function, &info);
	InitFunctionCallInfoData(*fcinfo, &info, 1, DEFAULT_COLLATION_OID, NULL,
							 NULL);
	fcinfo->args[0].value = argument;
	fcinfo->args[0].isnull = false;
	result = FunctionCallInvoke(fcinfo);
	*is_null = fcinfo->isnull;
	return result;
}

/*
 * As the owner.  When it raises, the transaction's abort gives back user and
 * settings.
 */
static Datum
call_restricted(Oid function, Datum argument, bool *is_null)
{
	Oid user;
	int security;
	int nesting;
	Datum result;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(scorer_owner(function, NULL),
						   security | SECURITY_RESTRICTED_OPERATION);
	nesting = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	result = call(function, argument, is_null);
	AtEOXact_GUC(false, nesting);
	SetUserIdAndSecContext(user, security);
	return result;
}

static double
read_score(Datum value, bool is_null, int place)
{
	double score = is_null ? 0 : DatumGetFloat8(value);

	if (is_null)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("score %d of the result is NULL", place)));
	if (isnan(score) || score < -1 || score > 1)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score %d of the result is %g, not from -1 to 1",
						place, score)));
	return score;
}

static void
read_scores(ArrayType *array, int count, double *scores)
{
	Datum *values;
	bool *nulls;
	int length;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("the result is an array of %d dimensions",
							   ARR_NDIM(array))));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &values, &nulls, &length);
	if (length != count)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("the result has %d scores for %d texts", length,
							   count)));
	for (int i = 0; i < count; i++)
		scores[i] = read_score(values[i], nulls[i], i + 1);
}

void
scorer_call(Oid function, char *const *texts, int count, double *scores)
{
	bool is_null;
	Datum result =
		call_restricted(function, text_array(texts, count), &is_null);

	if (is_null)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the result is NULL")));
	read_scores(DatumGetArrayTypeP(result), count, scores);
}
