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

#include "analysis/dictionary.h"

struct IntentMatcher;

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

/* By priority: the first that matches is the post's. */
typedef enum Intent
{
	INTENT_CRISIS,
	INTENT_SEEDING,
	INTENT_SPAM,
	INTENT_COMPLAINT,
	INTENT_LEAD,
	INTENT_SUPPORT,
	INTENT_DISCUSSION /* nothing matched */
} Intent;

#define INTENT_COUNT (INTENT_DISCUSSION + 1)

/* A score and what follows from it. */
typedef struct SentimentScore
{
	Sentiment label;
	double score;          /* -1..1 */
	double confidence;     /* 0..1: probability of the label */
	double probability[3]; /* by Sentiment, sum 1 */
	int rating;            /* 1..5 */
} SentimentScore;

typedef struct Keyword
{
	char *text;
	Aspect aspect;
	bool is_statistical;
	double score; /* 0..1 */
	int count;    /* occurrences in the text */
} Keyword;

typedef struct AspectSentiment
{
	char **keywords;          /* the different terms, by first mention */
	SentimentScore sentiment; /* confidence: mean of the mentions' */
	Aspect aspect;
	int mentions;
	int keyword_count;
} AspectSentiment;

/* Rows of analytics.settings, by name there. */
typedef struct TextSettings
{
	int min_length;   /* text.min_length: characters; shorter is noise */
	int max_bytes;    /* text.max_bytes */
	int max_comments; /* text.max_comments: 0..5 */
} TextSettings;

typedef struct IntentSettings
{
	double confidence_base; /* intent.confidence_base, 0.5 */
	double confidence_step; /* intent.confidence_step, 0.1 */
} IntentSettings;

typedef struct KeywordSettings
{
	int dictionary_enough; /* keywords.dictionary_enough, 5 */
	int maximum;           /* keywords.maximum, 30 */
	double similarity;     /* keywords.similarity, 0.8 */
} KeywordSettings;

typedef struct SentimentSettings
{
	double threshold_positive;       /* sentiment.threshold_positive, 0.25 */
	double threshold_negative;       /* sentiment.threshold_negative, -0.25 */
	double steepness;                /* sentiment.steepness */
	double prior;                    /* sentiment.prior */
	double negation_factor;          /* sentiment.negation_factor */
	double negation_factor_negative; /* sentiment.negation_factor_negative */
	double negator_valence;   /* sentiment.negator_valence, of one that negates
							 * no term */
	double contrast_before;   /* sentiment.contrast_before */
	double contrast_after;    /* sentiment.contrast_after */
	int contrast_reach;       /* sentiment.contrast_reach, words */
	double exclamation_step;  /* sentiment.exclamation_step */
	double elongation_factor; /* sentiment.elongation_factor */
	double capitals_factor;   /* sentiment.capitals_factor */
	double question_factor;   /* sentiment.question_factor */
	double comment_weight;    /* sentiment.comment_weight */
	int negation_reach;       /* sentiment.negation_reach, words */
	int aspect_reach;         /* sentiment.aspect_reach, 60 characters */
} SentimentSettings;

typedef struct PostAnalysis
{
	SentimentScore sentiment;
	Intent intent;
	double intent_confidence;
	bool is_noise;
	bool is_truncated; /* the text was longer than text.max_bytes */
	Keyword *keywords;
	int keyword_count;
	AspectSentiment aspects[ASPECT_COUNT];
	int aspect_count;
	Impact impact;
	int64 elapsed_ns;
} PostAnalysis;

/* All rules, as one set: never half old, half new. */
typedef struct AnalysisRules
{
	char version[32]; /* model_version, "rules-1" */
	TextSettings text;
	IntentSettings intent;
	KeywordSettings keywords;
	SentimentSettings sentiment;
	ImpactSettings impact;
	Dictionary *dictionary;
	struct IntentMatcher *intents;
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

extern const char *intent_name(Intent intent);

/*
 * Scratch memory, reused from post to post; one a process is enough.  It is a
 * child of the CurrentMemoryContext.
 */
typedef struct Analyzer Analyzer;
extern Analyzer *analyzer_create(void);

/* Why a post was judged as it was; all palloc'd by the caller's context. */
typedef struct TracedMatch
{
	const char *table; /* of the rule */
	const char *rule;  /* its key */
	const char *label; /* intent, aspect or role; NULL: none */
	double effect;     /* on the sentiment; NaN: the rule has none */
	uint32 start;      /* bytes of clean_text */
	uint32 end;
	bool is_cancelled;
} TracedMatch;

#define TRACE_MAX_MATCHES 10000 /* more are not told */

typedef struct AnalysisTrace
{
	char *clean_text;
	TracedMatch *matches; /* by position */
	int match_count;
	/* signals of stage 1 */
	int total_length;
	bool is_too_short;
	double hashtag_ratio;
	double reduction_ratio;
	bool has_transcription;
	bool has_phone;
	bool has_spam_keyword;
	/* sentiment as scored; a noise post is stored neutral all the same */
	SentimentScore scored;
} AnalysisTrace;

/*
 * All stages over one post.  `trace` may be NULL.  What *analysis and *trace
 * point to is palloc'd in the CurrentMemoryContext.
 */
extern void analyze_post(Analyzer *analyzer, const AnalysisRules *rules,
						 const PostText *post, const PostMetrics *metrics,
						 PostAnalysis *analysis, AnalysisTrace *trace);

/*
 * Put another overall sentiment in the place of the one that was scored, and
 * compute anew what depends on it.  For a user's scorer; does nothing to
 * noise.
 */
extern void analysis_set_sentiment(const AnalysisRules *rules,
								   const PostMetrics *metrics, double score,
								   PostAnalysis *analysis);

#endif /* ANALYTICS_ANALYSIS_H */
