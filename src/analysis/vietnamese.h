/*-------------------------------------------------------------------------
 *
 * vietnamese.h
 *	  Vietnamese letters without their marks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_VIETNAMESE_H
#define ANALYTICS_VIETNAMESE_H

#include "c.h"

/*
 * The ASCII letter under the marks of a lower case letter, given in UTF-8:
 * 'a' of "ậ", 'd' of "đ"; 0 if it is none of Vietnamese.
 */
extern char vietnamese_base(const char *letter, size_t bytes);

/*
 * Copy a lower case text without Vietnamese marks to `to`, which has as much
 * room; returns the length, which may be less.  Terminates it not.
 */
extern size_t vietnamese_fold(const char *text, size_t length, char *to);

#endif /* ANALYTICS_VIETNAMESE_H */
