/*-------------------------------------------------------------------------
 *
 * server.c
 *	  What src/ingest uses of the server, beside memory, for programs without
 *	  one.
 *
 * The JSON parser, encodings and string functions are the server's own, out
 * of libpgcommon.a and libpgport.a.  Here is what those leave out for programs
 * that are no server.  The code under test promises to raise nothing but a
 * lack of memory, so whatever it reports at ERROR is a finding.  Names of
 * arguments are those of the server's headers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/jsonapi.h"

#include "fuzz.h"

#undef fprintf
#undef vsnprintf
#undef vfprintf

bool
errstart(int elevel, const char *domain)
{
	return elevel >= ERROR;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	fuzz_failed(filename, lineno, "nothing is raised");
}

int
errcode(int sqlerrcode)
{
	return 0;
}

static int
show(const char *format, va_list arguments)
{
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	return 0;
}

int
errmsg(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	show(fmt, arguments);
	va_end(arguments);
	return 0;
}

int
errmsg_internal(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	show(fmt, arguments);
	va_end(arguments);
	return 0;
}

int
errdetail(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	show(fmt, arguments);
	va_end(arguments);
	return 0;
}

int
errhint(const char *fmt, ...)
{
	return 0;
}

/* Up to version 16 the library has none; a later one's own is taken. */
__attribute__((weak)) char *
json_errdetail(JsonParseErrorType error, JsonLexContext *lexer)
{
	const char *token = lexer->token_start;
	const char *end = lexer->input + lexer->input_length;
	int length = token != NULL ? (int) Min(end - token, 20) : 0;

	return psprintf("JSON error %d near \"%.*s\".", (int) error, length,
					token != NULL ? token : "");
}

int
pg_vsnprintf(char *str, size_t count, const char *fmt, va_list args)
{
	return vsnprintf(str, count, fmt, args);
}
