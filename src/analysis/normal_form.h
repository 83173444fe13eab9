/*-------------------------------------------------------------------------
 *
 * normal_form.h
 *	  Bring a text into NFKC.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_NORMAL_FORM_H
#define ANALYTICS_NORMAL_FORM_H

#include "c.h"

/*
 * The NFKC of text, with U+FFFD for bytes that are not valid UTF-8 and
 * without characters that have no meaning here (CHARACTER_DROPPED).  Emoji
 * stay as they are.  A flood of combining marks on one letter, and growth
 * beyond half its size and a kilobyte, are cut; the latter sets *cut.  Palloc'd,
 * terminated.
 */
extern char *normal_form(const char *text, size_t length, size_t *result,
						 bool *cut);

#endif /* ANALYTICS_NORMAL_FORM_H */
