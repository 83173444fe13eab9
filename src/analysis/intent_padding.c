/*-------------------------------------------------------------------------
 *
 * intent_padding.c
 *	  Compile patterns so that Vectorscan finds all of their matches.
 *
 * Vectorscan 5.4.9 looks for a database's literals in another way when there
 * are seven or fewer of them, and that way misses some, by where the text
 * happens to lie in memory: "0[35789][0-9]{8}" alone missed 632 of 200,000
 * telephone numbers in random text, together with eight literals more none,
 * and from eight on no match of any set of literals was ever missed.  So
 * every database gets literals that no text can hold: they begin with a
 * control character, and those are white space in a clean text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/intent_padding.h"

typedef struct Padded
{
	const char **expression;
	unsigned int *flags;
	unsigned int *ids;
	size_t *lengths;
	char *padding;
	int count;
} Padded;

char *
intent_padding(void)
{
	char *padding = palloc(INTENT_PADDING_SIZE);

	for (int i = 0; i < INTENT_PADDING; i++)
		snprintf(padding + i * (INTENT_PADDING_LENGTH + 1),
				 INTENT_PADDING_LENGTH + 1, "\001%c%c%c%c\002", 'a' + i,
				 'z' - i, 'a' + (i * 7) % 26, 'a' + (i * 11) % 26);
	return padding;
}

/* What was given, and the padding behind it; ids and flags may be NULL. */
static Padded
pad(const char *const *given, const unsigned int *flags,
	const unsigned int *ids, int count)
{
	Padded padded;

	padded.count = count + INTENT_PADDING;
	padded.expression = palloc(padded.count * sizeof(char *));
	padded.flags = palloc0(padded.count * sizeof(unsigned int));
	padded.ids = palloc0(padded.count * sizeof(unsigned int));
	padded.lengths = palloc(padded.count * sizeof(size_t));
	padded.padding = intent_padding();
	for (int i = 0; i < count; i++)
	{
		padded.expression[i] = given[i];
		padded.lengths[i] = strlen(given[i]);
		padded.flags[i] = flags != NULL ? flags[i] : 0;
		padded.ids[i] = ids != NULL ? ids[i] : (unsigned int) i;
	}
	for (int i = 0; i < INTENT_PADDING; i++)
	{
		padded.expression[count + i] =
			padded.padding + i * (INTENT_PADDING_LENGTH + 1);
		padded.lengths[count + i] = INTENT_PADDING_LENGTH;
		padded.ids[count + i] = PG_UINT32_MAX - i; /* nobody else's */
	}
	return padded;
}

static void
free_padded(Padded *padded)
{
	pfree(padded->expression);
	pfree(padded->flags);
	pfree(padded->ids);
	pfree(padded->lengths);
	pfree(padded->padding);
}

hs_error_t
intent_compile_padded(const char *const *expressions,
					  const unsigned int *flags, const unsigned int *ids,
					  int count, hs_database_t **database,
					  hs_compile_error_t **error)
{
	Padded padded = pad(expressions, flags, ids, count);
	hs_error_t result =
		hs_compile_multi(padded.expression, padded.flags, padded.ids,
						 padded.count, HS_MODE_BLOCK, NULL, database, error);

	free_padded(&padded);
	return result;
}

hs_error_t
intent_compile_literals_padded(const char *const *literals, int count,
							   hs_database_t **database,
							   hs_compile_error_t **error)
{
	Padded padded = pad(literals, NULL, NULL, count);
	hs_error_t result = hs_compile_lit_multi(
		padded.expression, padded.flags, padded.ids, padded.lengths,
		padded.count, HS_MODE_BLOCK, NULL, database, error);

	free_padded(&padded);
	return result;
}
