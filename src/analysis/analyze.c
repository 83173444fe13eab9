/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  The analysis of one post: its stages, in their order.
 *
 * Plain structs in, plain structs out; no SQL, no I/O, no errors.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "analysis/analysis.h"

const char *
sentiment_name(Sentiment sentiment)
{
	static const char *const names[] = {
		[SENTIMENT_NEGATIVE] = "NEGATIVE",
		[SENTIMENT_NEUTRAL] = "NEUTRAL",
		[SENTIMENT_POSITIVE] = "POSITIVE",
	};

	return names[sentiment];
}

static int64
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * INT64CONST(1000000000) + now.tv_nsec;
}

/*
 * What a post is as long as its text is not read: neutral, with no
 * confidence, and a discussion, which is what matches no intent.
 */
static void
judge_unread_text(PostAnalysis *analysis)
{
	analysis->sentiment = SENTIMENT_NEUTRAL;
	analysis->sentiment_score = 0;
	analysis->sentiment_confidence = 0;
	analysis->probability[SENTIMENT_NEGATIVE] = 0;
	analysis->probability[SENTIMENT_NEUTRAL] = 1;
	analysis->probability[SENTIMENT_POSITIVE] = 0;
	analysis->intent = "DISCUSSION";
	analysis->intent_confidence = 1;
}

void
analyze_post(const AnalysisRules *rules, const PostText *text,
			 const PostMetrics *metrics, PostAnalysis *analysis)
{
	int64 started = now_ns();

	judge_unread_text(analysis);
	impact_compute(&rules->impact, metrics, analysis->sentiment,
				   &analysis->impact);
	analysis->elapsed_ns = now_ns() - started;
}
