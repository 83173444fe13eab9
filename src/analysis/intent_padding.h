/*-------------------------------------------------------------------------
 *
 * intent_padding.h
 *	  Compile patterns so that Vectorscan finds all of their matches.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_PADDING_H
#define ANALYTICS_INTENT_PADDING_H

#include <hs/hs.h>

#define INTENT_PADDING 16
#define INTENT_PADDING_LENGTH 6
#define INTENT_PADDING_SIZE (INTENT_PADDING * (INTENT_PADDING_LENGTH + 1))

/*
 * The padding: INTENT_PADDING_SIZE bytes, literals that each end with a NUL.
 * Palloc'd.
 */
extern char *intent_padding(void);

/*
 * As hs_compile_multi() and hs_compile_lit_multi() for blocks, with padding.
 * Matches of the padding are never reported: no clean text holds any.
 * error->expression is an index into what was given, or -1.
 */
extern hs_error_t intent_compile_padded(const char *const *expressions,
										const unsigned int *flags,
										const unsigned int *ids, int count,
										hs_database_t **database,
										hs_compile_error_t **error);

extern hs_error_t intent_compile_literals_padded(const char *const *literals,
												 int count,
												 hs_database_t **database,
												 hs_compile_error_t **error);

#endif /* ANALYTICS_INTENT_PADDING_H */
