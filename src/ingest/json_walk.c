/*-------------------------------------------------------------------------
 *
 * json_walk.c
 *	  Walk a JSON text with PostgreSQL's parser.
 *
 * The grammar is the server's: pg_parse_json accepts or refuses.  It is run
 * without decoding (which allocates every key and value, and costs twice the
 * time on version 15) and with actions on fields only; where a value lies is
 * read off the lexer's position, as the server's own json functions do.  The
 * price is that escapes such as \u0000 pass here and are for whoever decodes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "io/store_text.h"
#include "ingest/json_value.h"
#include "ingest/json_walk.h"

typedef struct Walk
{
	const JsonVisitor *visitor;
	JsonLexContext *lexer;
	char key[256]; /* a key that had escapes */
} Walk;

/*
 * Whether the field or element that begins here is to be shown.  The parser
 * reports one before it looks at the value: where the text ends instead, there
 * is no token, and the parser refuses next.
 */
static inline bool
is_shown(const Walk *walk)
{
	return walk->lexer->lex_level <= walk->visitor->max_level &&
		   walk->lexer->token_start != NULL;
}

static inline bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether the quote at p is escaped. */
static inline bool
is_escaped(const char *p)
{
	const char *before = p;

	while (before[-1] == '\\')
		before--;
	return ((p - before) & 1) != 0;
}

/*
 * The key, with its quotes, of the value at `value`.  The parser has just
 * passed it, so going back over the colon finds its closing quote, and the
 * opening one is the next that is not escaped.  Something stands before that
 * in any case: the bracket of the object.
 */
static JsonSpan
key_before(const char *value)
{
	JsonSpan key;
	const char *p = value - 1;

	while (is_space(*p))
		p--;
	p--; /* the colon */
	while (is_space(*p))
		p--;
	key.end = p + 1;
	do
	{
		p--;
	} while (*p != '"' || is_escaped(p));
	key.start = p;
	return key;
}

static JsonActionResult
walk_field_start(void *state, char *fname, bool isnull)
{
	Walk *walk = state;
	JsonLexContext *lexer = walk->lexer;

	if (is_shown(walk))
	{
		JsonSpan raw = key_before(lexer->token_start);
		const char *key = raw.start + 1;
		size_t length = json_span_length(raw) - 2;

		/* a key that cannot be decoded is none we know: shown as it is */
		if (length < sizeof(walk->key) && memchr(key, '\\', length) != NULL)
		{
			ssize_t decoded = json_decode(raw, walk->key);

			if (decoded >= 0)
			{
				key = walk->key;
				length = (size_t) decoded;
			}
		}
		walk->visitor->field_start(walk->visitor->state, lexer->lex_level, key,
								   length, lexer->token_start, isnull);
	}
	JSON_ACTION_RETURN();
}

static JsonActionResult
walk_field_end(void *state, char *fname, bool isnull)
{
	Walk *walk = state;
	JsonLexContext *lexer = walk->lexer;

	if (lexer->lex_level <= walk->visitor->max_level)
		walk->visitor->field_end(walk->visitor->state, lexer->lex_level,
								 lexer->prev_token_terminator);
	JSON_ACTION_RETURN();
}

static JsonActionResult
walk_element_start(void *state, bool isnull)
{
	Walk *walk = state;
	JsonLexContext *lexer = walk->lexer;

	if (is_shown(walk))
		walk->visitor->element_start(walk->visitor->state, lexer->lex_level,
									 lexer->token_start);
	JSON_ACTION_RETURN();
}

static void
describe_error(JsonParseErrorType result, JsonLexContext *lexer, char *error,
			   size_t error_size)
{
	char *detail = json_errdetail(result, lexer);
	char cut[200];
	const char *at = lexer->token_start;
	size_t position = at == NULL ? 0 : (size_t) (at - lexer->input);

	store_text_clean(cut, sizeof(cut), detail, strlen(detail));
	snprintf(error, error_size, "at byte %zu: %s", position + 1, cut);
}

bool
json_walk(const char *text, size_t length, const JsonVisitor *visitor,
		  char *error, size_t error_size)
{
	Walk walk;
	JsonSemAction actions = {0};
	JsonParseErrorType result;

	walk.visitor = visitor;
	walk.lexer = compat_json_lexer(text, length);
	actions.semstate = &walk;
	if (visitor->field_start != NULL)
		actions.object_field_start = walk_field_start;
	if (visitor->field_end != NULL)
		actions.object_field_end = walk_field_end;
	if (visitor->element_start != NULL)
		actions.array_element_start = walk_element_start;

	result = pg_parse_json(walk.lexer, &actions);
	if (result != JSON_SUCCESS)
		describe_error(result, walk.lexer, error, error_size);
	compat_json_lexer_free(walk.lexer);
	return result == JSON_SUCCESS;
}
