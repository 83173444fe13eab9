/*-------------------------------------------------------------------------
 *
 * intent_boundary.h
 *	  Does each \b of an intent pattern do what its writer means?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_BOUNDARY_H
#define ANALYTICS_INTENT_BOUNDARY_H

#include "c.h"

/*
 * Nowhere may a \b have to find the edge of a word that is a letter beyond
 * ASCII: there it finds none, or one within a word.  False: error (of
 * error_size bytes) says beside what, and what to write instead.  The pattern
 * must be one that compiles.
 */
extern bool intent_boundaries_work(const char *pattern, char *error,
								   size_t error_size);

#endif /* ANALYTICS_INTENT_BOUNDARY_H */
