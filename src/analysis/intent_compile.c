/*-------------------------------------------------------------------------
 *
 * intent_compile.c
 *	  Many intent patterns as one matcher.
 *
 * Patterns are kept in two spellings: as written, and as texts without
 * Vietnamese marks need them, where a pattern of ASCII alone stays as it is.
 * Compiling hundreds of patterns takes long, so here they are only parsed;
 * their literals are compiled, all together (intent_databases.h), and each
 * pattern alone when a text first needs it.
 *
 * What Vectorscan allocates lies outside of our memory contexts; a callback
 * gives it back with the context of the matcher.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/intent_databases.h"
#include "analysis/intent_factors.h"
#include "analysis/intent_matcher.h"
#include "analysis/intent_padding.h"
#include "analysis/intent_pattern.h"
#include "utils/memutils.h"

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

/* The source's strings are in the CurrentMemoryContext, the rest in `kept`. */
static void
prepare_literals(const IntentMatcher *matcher, PatternSet *set,
				 MemoryContext kept, DatabaseSource *source)
{
	FactorLiterals literals = gather_literals(matcher, set);
	int room = Max(literals.count, 1);

	set->postings = MemoryContextAlloc(kept, room * sizeof(Posting));
	set->first_posting = MemoryContextAlloc(kept, (room + 1) * sizeof(int));
	set->literal_length = MemoryContextAlloc(kept, room * sizeof(int));
	source->literals = palloc(room * sizeof(char *));
	source->literal_count = index_literals(set, &literals, source->literals);
}

/* --- patterns --- */

/* Patterns of which no factor is known, all together. */
static void
gather_always(const IntentMatcher *matcher, const PatternSet *set,
			  DatabaseSource *source)
{
	int room = Max(matcher->count, 1);

	source->always = palloc(room * sizeof(char *));
	source->always_rules = palloc(room * sizeof(unsigned int));
	source->always_count = 0;
	for (int rule = 0; rule < matcher->count; rule++)
	{
		if (set->expression[rule] == NULL || set->factors[rule] != 0)
			continue;
		source->always[source->always_count] = set->expression[rule];
		source->always_rules[source->always_count] = rule;
		source->always_count++;
	}
}

/* All that the CurrentMemoryContext gets is scratch. */
static bool
fill_matcher(IntentMatcher *matcher, MemoryContext kept,
			 const IntentCache *cache, const CompileFailure *failure)
{
	DatabaseSource sources[SPELLING_COUNT];
	SavedDatabases saved = intent_databases_fetch(matcher, cache);
	MemoryContext scratch;

	if (saved.bytes == NULL && !intent_databases_check(matcher, failure))
		return false;
	scratch = MemoryContextSwitchTo(kept);
	spell_patterns(matcher);
	MemoryContextSwitchTo(scratch);
	for (int i = 0; i < SPELLING_COUNT; i++)
	{
		prepare_literals(matcher, &matcher->sets[i], kept, &sources[i]);
		gather_always(matcher, &matcher->sets[i], &sources[i]);
	}
	return intent_databases_make(matcher, sources, &saved, cache, failure);
}

/* tidy does not see that they are written through the struct */
/* NOLINTBEGIN(readability-non-const-parameter) */
IntentMatcher *
intent_compile(const IntentPatternRule *rules, int count,
			   const IntentCache *cache, int *failed, char *error,
			   size_t error_size)
{
	CompileFailure failure = {failed, error, error_size};
	IntentMatcher *matcher = create_matcher(rules, count);
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "analytics factors", ALLOCSET_DEFAULT_SIZES);
	MemoryContext kept = MemoryContextSwitchTo(scratch);
	bool works = fill_matcher(matcher, kept, cache, &failure);

	MemoryContextSwitchTo(kept);
	MemoryContextDelete(scratch);
	return works ? matcher : NULL;
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
	if (hs_alloc_scratch(*place, &matcher->scratch) != HS_SUCCESS)
	{
		hs_free_database(*place);
		*place = NULL;
		set->is_broken[rule] = true;
	}
	return *place;
}
