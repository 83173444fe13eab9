/*-------------------------------------------------------------------------
 *
 * group_posts.h
 *	  The posts of a group that is being written.
 *
 * Parts of group_write(), all in the caller's transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_GROUP_POSTS_H
#define ANALYTICS_GROUP_POSTS_H

#include "ingest/staging.h"

/* The items of staging->batches, into staging->posts and ->errors. */
extern void posts_stage(Staged *staging);

/*
 * One statement may not touch a row twice: sort the posts by key, and keep the
 * newest crawl of each.
 */
extern void posts_fold(Staged *staging);

/* Write them; those of which a newer crawl is there are marked. */
extern void posts_write(Staged *staging);

#endif /* ANALYTICS_GROUP_POSTS_H */
