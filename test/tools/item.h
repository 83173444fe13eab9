/*-------------------------------------------------------------------------
 *
 * item.h
 *	  One item of a batch, as the crawlers write it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ITEM_H
#define ITEM_H

#include <time.h>

#include "support.h"

/* What an item takes from its batch. */
typedef struct ItemFrame
{
	const char *platform; /* tiktok or youtube */
	const char *job_id;
	const char *keyword;
	time_t crawled_at;
	uint64_t serial;   /* no two items of a workload share one */
	uint64_t workload; /* hash of its name and seed: no two workloads either */
	size_t bytes;      /* size to reach, roughly */
	double alias_share;
} ItemFrame;

/* What is counted of a post, as its item says it. */
typedef struct ItemCounts
{
	uint64_t views;
	uint64_t likes;
	uint64_t comments;
	uint64_t shares;
	uint64_t saves;
	uint64_t followers;
} ItemCounts;

/* A TikTok id is 19 digits, a YouTube id 11 characters. */
extern void item_id(const ItemFrame *frame, char id[24]);

/* Fills *counts with what the post says. */
extern void item_post(Buffer *buffer, Random *random, const ItemFrame *frame,
					  ItemCounts *counts);
extern void item_error(Buffer *buffer, Random *random, const ItemFrame *frame);

/* 2025-12-06T10:15:30.000Z */
extern void add_timestamp(Buffer *buffer, time_t at);

#endif /* ITEM_H */
