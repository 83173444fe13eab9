/*-------------------------------------------------------------------------
 *
 * size_labels.h
 *	  Which sizes of batches are counted by themselves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SIZE_LABELS_H
#define ANALYTICS_SIZE_LABELS_H

#include "ingest/group.h"

/* So many of a platform, and what others add in the same moment. */
#define SIZE_LABELS 50

/*
 * The label of an unusual size: the number, or "other" where SIZE_LABELS others
 * of the platform are told apart already.  In the current memory context.  May
 * run a query through SPI, which the caller has connected, and raise.
 */
extern const char *size_label(const BatchGroup *group, const char *platform,
							  int expected, int actual);

#endif /* ANALYTICS_SIZE_LABELS_H */
