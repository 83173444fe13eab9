/*-------------------------------------------------------------------------
 *
 * intent_compile.c
 *	  Many intent patterns as one matcher.
 *
 * Patterns are kept in two spellings: as written, and as texts without
 * Vietnamese marks need them, where a pattern of ASCII alone stays as it is.
 * Compiling hundreds of patterns takes a second, so here they are only
 * parsed; their literals are compiled, which takes some milliseconds, and
 * each pattern alone when a text first needs it.
 *
 * What Vectorscan allocates lies outside of our memory contexts; a callback
 * gives it back with the context of the matcher.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdlib.h>

#include "analysis/intent_factors.h"
#include "analysis/intent_matcher.h"
#include "analysis/intent_padding.h"
#include "analysis/intent_pattern.h"
#include "utils/memutils.h"

/* Where the reason of a failure goes. */
typedef struct Failure
{
	int *rule;
	char *error;
	size_t error_size;
} Failure;

static void
fail(const Failure *failure, int rule, hs_compile_error_t *error)
{
	*failure->rule = rule;
	snprintf(failure->error, failure->error_size, "%s",
			 error ? error->message : "out of memory");
	hs_free_compile_error(error);
}

/* --- memory --- */

static void
release_matcher(void *argument)
{
	IntentMatcher *matcher = argument;

	for (int i = 0; i < SPELLING_COUNT; i++)
	{
		PatternSet *set = &matcher->sets[i];

		hs_free_database(set->literals);
		hs_free_database(set->always);
		for (int rule = 0; rule < matcher->count; rule++)
		{
			hs_free_database(set->alone[rule]);
			hs_free_database(set->with_start[rule]);
		}
	}
	hs_free_scratch(matcher->scratch);
}

static void
copy_rules(IntentMatcher *matcher, const IntentPatternRule *rules, int count)
{
	matcher->count = count;
	matcher->rules = palloc(Max(count, 1) * sizeof(IntentPatternRule));
	for (int i = 0; i < count; i++)
	{
		matcher->rules[i] = rules[i];
		matcher->rules[i].pattern = pstrdup(rules[i].pattern);
	}
}

/* All memory, nothing compiled; from here on the context owns it. */
static IntentMatcher *
create_matcher(const IntentPatternRule *rules, int count)
{
	IntentMatcher *matcher = palloc0(sizeof(IntentMatcher));
	int room = Max(count, 1);

	copy_rules(matcher, rules, count);
	matcher->met = palloc0(room * sizeof(uint8));
	matcher->touched = palloc(room * sizeof(int));
	matcher->candidates = palloc(room * sizeof(int));
	matcher->has_matched = palloc0(room * sizeof(bool));
	matcher->hits = palloc(MAX_HITS * sizeof(LiteralHit));
	for (int i = 0; i < SPELLING_COUNT; i++)
	{
		PatternSet *set = &matcher->sets[i];

		set->expression = palloc0(room * sizeof(char *));
		set->factors = palloc0(room * sizeof(uint8));
		set->alone = palloc0(room * sizeof(hs_database_t *));
		set->with_start = palloc0(room * sizeof(hs_database_t *));
		set->is_broken = palloc0(room * sizeof(bool));
	}
	matcher->release.func = release_matcher;
	matcher->release.arg = matcher;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &matcher->release);
	return matcher;
}

/* --- spellings --- */

static int
compare_strings(const void *one, const void *other)
{
	return strcmp(*(char *const *) one, *(char *const *) other);
}

/*
 * Spell the patterns for both sets.  A pattern that another one already
 * spells without marks ("\blua dao\b" beside "lừa đảo") must not count twice.
 */
static void
spell_patterns(IntentMatcher *matcher)
{
	char **written = matcher->sets[SPELLING_AS_WRITTEN].expression;
	char **folded = matcher->sets[SPELLING_UNSIGNED].expression;
	char **ascii = palloc(Max(matcher->count, 1) * sizeof(char *));
	int count = 0;

	for (int i = 0; i < matcher->count; i++)
	{
		written[i] = unconstify(char *, matcher->rules[i].pattern);
		if (!has_non_ascii(written[i], strlen(written[i])))
			ascii[count++] = folded[i] = written[i];
	}
	qsort(ascii, count, sizeof(char *), compare_strings);
	for (int i = 0; i < matcher->count; i++)
	{
		char *expression;

		if (folded[i] != NULL || !matcher->rules[i].matches_unsigned)
			continue;
		expression = intent_pattern_unsigned(written[i]);
		if (bsearch(&expression, ascii, count, sizeof(char *),
					compare_strings) == NULL)
			folded[i] = expression;
	}
	pfree(ascii);
}

/* --- literals --- */

/* A literal of a rule's factor. */
typedef struct FactorLiteral
{
	const char *literal;
	Posting posting;
} FactorLiteral;

typedef struct FactorLiterals
{
	FactorLiteral *item;
	int count;
	int room;
} FactorLiterals;

static void
add_literal(FactorLiterals *literals, const char *literal, int rule,
			int factor)
{
	FactorLiteral *added;

	if (literals->count == literals->room)
	{
		literals->room *= 2;
		literals->item =
			repalloc(literals->item, literals->room * sizeof(FactorLiteral));
	}
	added = &literals->item[literals->count++];
	added->literal = literal;
	added->posting.rule = rule;
	added->posting.factor = (uint8) (1 << factor);
}

static int
compare_literals(const void *one, const void *other)
{
	const FactorLiteral *a = one;
	const FactorLiteral *b = other;
	int order = strcmp(a->literal, b->literal);

	if (order != 0)
		return order;
	return a->posting.rule < b->posting.rule
			   ? -1
			   : a->posting.rule > b->posting.rule;
}

/* The literals of a set's patterns, sorted. */
static FactorLiterals
gather_literals(const IntentMatcher *matcher, PatternSet *set)
{
	FactorLiterals literals = {.room = 1024};

	literals.item = palloc(literals.room * sizeof(FactorLiteral));
	for (int rule = 0; rule < matcher->count; rule++)
	{
		Factors factors;

		if (set->expression[rule] == NULL)
			continue;
		intent_factors(set->expression[rule], &factors);
		for (int i = 0; i < factors.count; i++)
			for (int j = 0; j < factors.set[i].count; j++)
				add_literal(&literals, factors.set[i].literal[j], rule, i);
		set->factors[rule] = (uint8) ((1 << factors.count) - 1);
	}
	qsort(literals.item, literals.count, sizeof(FactorLiteral),
		  compare_literals);
	return literals;
}

/*
 * Number the different literals: *distinct gets them, and the set their
 * postings.  Returns how many there are.
 */
static int
index_literals(PatternSet *set, const FactorLiterals *literals,
			   const char **distinct)
{
	int count = 0;

	for (int i = 0; i < literals->count; i++)
	{
		const FactorLiteral *item = &literals->item[i];

		if (i == 0 || strcmp(item->literal, item[-1].literal) != 0)
		{
			set->first_posting[count] = i;
			set->literal_length[count] = (int) strlen(item->literal);
			distinct[count++] = item->literal;
		}
		set->postings[i] = item->posting;
	}
	set->first_posting[count] = literals->count;
	return count;
}

static bool
compile_literals(IntentMatcher *matcher, PatternSet *set,
				 const char **literals, int count, const Failure *failure)
{
	hs_compile_error_t *error = NULL;

	if (count > 0 &&
		intent_compile_literals_padded(literals, count, &set->literals,
									   &error) != HS_SUCCESS)
	{
		fail(failure, 0, error);
		return false;
	}
	return true;
}

/* Everything but the postings is scratch. */
static bool
prepare_literals(IntentMatcher *matcher, PatternSet *set,
				 const Failure *failure)
{
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "analytics factors", ALLOCSET_DEFAULT_SIZES);
	MemoryContext kept = MemoryContextSwitchTo(scratch);
	FactorLiterals literals = gather_literals(matcher, set);
	int room = Max(literals.count, 1);
	const char **distinct = palloc(room * sizeof(char *));
	bool works;
	int count;

	MemoryContextSwitchTo(kept);
	set->postings = palloc(room * sizeof(Posting));
	set->first_posting = palloc((room + 1) * sizeof(int));
	set->literal_length = palloc(room * sizeof(int));
	MemoryContextSwitchTo(scratch);
	count = index_literals(set, &literals, distinct);
	works = compile_literals(matcher, set, distinct, count, failure);
	MemoryContextSwitchTo(kept);
	MemoryContextDelete(scratch);
	return works;
}

/* --- patterns --- */

/*
 * Is each pattern one at all?  Much cheaper than to compile them.  Their
 * forms without marks follow from them.
 */
static bool
check_patterns(const IntentMatcher *matcher, const Failure *failure)
{
	for (int rule = 0; rule < matcher->count; rule++)
	{
		hs_compile_error_t *error = NULL;
		hs_expr_info_t *info = NULL;

		if (hs_expression_info(matcher->rules[rule].pattern, PATTERN_FLAGS,
							   &info, &error) != HS_SUCCESS)
		{
			fail(failure, rule, error);
			return false;
		}
		free(info); /* Vectorscan's allocator is left at malloc() */
	}
	return true;
}

/* Patterns of which no factor is known, all together. */
static bool
compile_always(IntentMatcher *matcher, PatternSet *set, const Failure *failure)
{
	int room = Max(matcher->count, 1);
	const char **expressions = palloc(room * sizeof(char *));
	unsigned int *flags = palloc(room * sizeof(unsigned int));
	unsigned int *ids = palloc(room * sizeof(unsigned int));
	hs_compile_error_t *error = NULL;
	int count = 0;
	bool works = true;

	for (int rule = 0; rule < matcher->count; rule++)
	{
		if (set->expression[rule] == NULL || set->factors[rule] != 0)
			continue;
		expressions[count] = set->expression[rule];
		flags[count] = PATTERN_FLAGS | HS_FLAG_SINGLEMATCH;
		ids[count] = rule;
		count++;
	}
	if (count > 0 && intent_compile_padded(expressions, flags, ids, count,
										   &set->always, &error) != HS_SUCCESS)
	{
		int which =
			error != NULL && error->expression >= 0 ? error->expression : 0;

		fail(failure, ids[which], error);
		works = false;
	}
	pfree(expressions);
	pfree(flags);
	pfree(ids);
	return works;
}

static bool
add_scratch(IntentMatcher *matcher, const hs_database_t *database)
{
	return database == NULL ||
		   hs_alloc_scratch(database, &matcher->scratch) == HS_SUCCESS;
}

static bool
prepare_set(IntentMatcher *matcher, PatternSet *set, const Failure *failure)
{
	if (!prepare_literals(matcher, set, failure) ||
		!compile_always(matcher, set, failure))
		return false;
	if (add_scratch(matcher, set->literals) &&
		add_scratch(matcher, set->always))
		return true;
	fail(failure, 0, NULL);
	return false;
}

/* tidy does not see that they are written through the struct */
/* NOLINTBEGIN(readability-non-const-parameter) */
IntentMatcher *
intent_compile(const IntentPatternRule *rules, int count, int *failed,
			   char *error, size_t error_size)
{
	Failure failure = {failed, error, error_size};
	IntentMatcher *matcher = create_matcher(rules, count);

	if (!check_patterns(matcher, &failure))
		return NULL;
	spell_patterns(matcher);
	for (int i = 0; i < SPELLING_COUNT; i++)
		if (!prepare_set(matcher, &matcher->sets[i], &failure))
			return NULL;
	return matcher;
}
/* NOLINTEND(readability-non-const-parameter) */

const IntentPatternRule *
intent_rule(const IntentMatcher *matcher, int index)
{
	return &matcher->rules[index];
}

/*
 * A pattern that was checked when its row was stored compiles here, too,
 * unless memory is short; then it is left out rather than tried again.
 */
const hs_database_t *
intent_compiled(IntentMatcher *matcher, Spelling spelling, int rule,
				bool with_start)
{
	PatternSet *set = &matcher->sets[spelling];
	hs_database_t **place =
		with_start ? &set->with_start[rule] : &set->alone[rule];
	hs_compile_error_t *error = NULL;

	const char *expression = set->expression[rule];
	unsigned int flags = with_start ? PATTERN_FLAGS_WITH_START : PATTERN_FLAGS;
	unsigned int id = rule;

	if (*place != NULL || set->is_broken[rule])
		return *place;
	if (intent_compile_padded(&expression, &flags, &id, 1, place, &error) !=
		HS_SUCCESS)
	{
		hs_free_compile_error(error);
		set->is_broken[rule] = true;
		return NULL;
	}
	if (!add_scratch(matcher, *place))
	{
		hs_free_database(*place);
		*place = NULL;
		set->is_broken[rule] = true;
	}
	return *place;
}
