/*-------------------------------------------------------------------------
 *
 * rule_rows.h
 *	  Rows of the rule tables, as they are read through SPI.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RULE_ROWS_H
#define ANALYTICS_RULE_ROWS_H

#include "postgres.h"

#include "analysis/intent.h"

/*
 * Run a query under the active snapshot; returns the number of its rows,
 * which are those of SPI_tuptable until it is freed.  Raises if that fails.
 */
extern uint64 rule_rows_read(const char *query);

/*
 * A column of a row of the last query, columns counted from 1.  Text is
 * palloc'd in the CurrentMemoryContext; it must not be NULL.
 */
extern char *rule_row_text(uint64 row, int column);
extern double rule_row_double(uint64 row, int column);
extern int rule_row_integer(uint64 row, int column); /* -1 for NULL */
extern int64 rule_row_bigint(uint64 row, int column);

/*
 * The rows that are words and phrases: those that are enabled, the user's
 * before the shipped ones.  All of it is palloc'd in the
 * CurrentMemoryContext.
 */
extern void rule_terms_read(DictionarySource *source);

/* The enabled intent patterns, likewise; *count gets their number. */
extern IntentPatternRule *rule_patterns_read(int *count);

#endif /* ANALYTICS_RULE_ROWS_H */
