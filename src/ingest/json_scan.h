/*-------------------------------------------------------------------------
 *
 * json_scan.h
 *	  Pass over single values of a JSON text, reading only brackets, strings and
 *	  numbers.
 *
 * And tell of each whether a recursive parser, and those who expand its
 * numbers, may have it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_JSON_SCAN_H
#define ANALYTICS_JSON_SCAN_H

#include "postgres.h"

/* What may be handed to a recursive parser and to the numeric type. */
#define JSON_MAX_DEPTH 128
#define JSON_MAX_DIGITS 100
#define JSON_MAX_EXPONENT 400

/* The first two are settings, whose defaults these are. */
extern int json_max_depth;
extern int json_max_digits;

/*
 * Before a text is scanned: words the faults by the limits as they are now.
 * Those that were found before read likewise from here on.
 */
extern void json_scan_begin(void);

/* Can a value begin with this character?  Not with space, nor , : } ] */
extern bool json_starts_value(char c);

/* Past the white space at p; not beyond end. */
extern const char *json_skip_space(const char *p, const char *end);

/*
 * Past the value that begins at p, which is before end, or NULL: it does not
 * end.  It is well bracketed and nothing more.  *fault is set if it must not
 * be parsed, to a constant that says why.
 */
extern const char *json_skip_value(const char *p, const char *end,
								   const char **fault);

/* Whether any bracket of the text is nested deeper than max_depth. */
extern bool json_nested_deeper(const char *text, size_t length, int max_depth);

#endif /* ANALYTICS_JSON_SCAN_H */
