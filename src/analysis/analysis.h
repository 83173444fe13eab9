/*-------------------------------------------------------------------------
 *
 * analysis.h
 *	  The analysis of one post: plain structs in, plain structs out.
 *
 * Nothing in src/analysis does I/O, calls SPI, or raises; what it allocates
 * lies in the CurrentMemoryContext of its caller.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ANALYSIS_H
#define ANALYTICS_ANALYSIS_H

#include "c.h"

/* What the author and the audience wrote. */
typedef struct PostComment
{
	char *text;
	int64 like_count;
} PostComment;

typedef struct PostText
{
	char *transcription;   /* NULL: none */
	char *caption;         /* NULL: none */
	PostComment *comments; /* as in the item, not sorted */
	int comment_count;
} PostText;

/* Counters of a post. */
typedef enum PostMetric
{
	METRIC_VIEWS,
	METRIC_LIKES,
	METRIC_COMMENTS,
	METRIC_SHARES,
	METRIC_SAVES,
	METRIC_FOLLOWERS
} PostMetric;

#define POST_METRIC_COUNT (METRIC_FOLLOWERS + 1)

typedef struct PostMetrics
{
	int64 count[POST_METRIC_COUNT]; /* never negative */
	bool author_verified;
	double platform_weight;
} PostMetrics;

typedef enum Sentiment
{
	SENTIMENT_NEGATIVE,
	SENTIMENT_NEUTRAL,
	SENTIMENT_POSITIVE
} Sentiment;

typedef enum RiskLevel
{
	RISK_LOW,
	RISK_MEDIUM,
	RISK_HIGH,
	RISK_CRITICAL
} RiskLevel;

/* Rows of analytics.settings, by name there. */
typedef struct ImpactSettings
{
	double weight[POST_METRIC_COUNT]; /* followers unused: 0 */
	double verified_factor;
	double amplifier[3]; /* by Sentiment */
	double raw_ceiling;
	double viral_threshold;
	double kol_followers;
	double risk_high_impact;
	double risk_medium_impact_negative;
	double risk_medium_impact_other;
} ImpactSettings;

typedef struct Impact
{
	double engagement;
	double reach;
	double platform_weight;
	double amplifier;
	double raw;
	double score; /* 0..100 */
	bool is_viral;
	bool is_kol;
	RiskLevel risk;
} Impact;

typedef struct PostAnalysis
{
	Sentiment sentiment;
	double sentiment_score;      /* -1..1 */
	double sentiment_confidence; /* 0..1 */
	double probability[3];       /* by Sentiment, sum 1 */
	const char *intent;
	double intent_confidence;
	Impact impact;
	int64 elapsed_ns;
} PostAnalysis;

/* All rules, as one set: never half old, half new. */
typedef struct AnalysisRules
{
	char version[32]; /* model_version, "rules-1" */
	ImpactSettings impact;
} AnalysisRules;

extern const char *sentiment_name(Sentiment sentiment);
extern const char *risk_name(RiskLevel risk);

/*
 * Stage 5.  Engagement, reach, raw and score as in docs/analysis.md,
 * "Impact and risk"; risk by its table.
 */
extern void impact_compute(const ImpactSettings *settings,
						   const PostMetrics *metrics, Sentiment sentiment,
						   Impact *impact);

/* All stages over one post. */
extern void analyze_post(const AnalysisRules *rules, const PostText *text,
						 const PostMetrics *metrics, PostAnalysis *analysis);

#endif /* ANALYTICS_ANALYSIS_H */
