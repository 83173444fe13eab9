/*-------------------------------------------------------------------------
 *
 * impact_test.c
 *	  Impact and risk by the numbers of docs/analysis.md.
 *
 * The settings are those that the extension ships.  Prints TAP; needs no
 * server.
 *
 *-------------------------------------------------------------------------
 */
#include "analysis/analysis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* c.h replaces it by one of the server's library */
#undef printf

static int tests = 0;
static int failures = 0;

static const ImpactSettings shipped = {
	.weight = {[METRIC_VIEWS] = 0.01,
			   [METRIC_LIKES] = 1,
			   [METRIC_COMMENTS] = 2,
			   [METRIC_SHARES] = 5,
			   [METRIC_SAVES] = 3},
	.verified_factor = 1.2,
	.amplifier = {[SENTIMENT_NEGATIVE] = 1.5,
				  [SENTIMENT_NEUTRAL] = 1.0,
				  [SENTIMENT_POSITIVE] = 1.1},
	.raw_ceiling = 100000,
	.viral_threshold = 70,
	.kol_followers = 50000,
	.risk_high_impact = 70,
	.risk_medium_impact_negative = 40,
	.risk_medium_impact_other = 60,
};

/* A post of this many likes and followers, on a platform of weight 1. */
static PostMetrics
post(int64 likes, int64 followers)
{
	PostMetrics metrics = {.platform_weight = 1};

	metrics.count[METRIC_LIKES] = likes;
	metrics.count[METRIC_FOLLOWERS] = followers;
	return metrics;
}

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
is_near(double got, double expected, double tolerance, const char *name)
{
	bool near = fabs(got - expected) <= tolerance;

	ok(near, name);
	if (!near)
		printf("# got      %.10g\n# expected %.10g\n", got, expected);
}

static void
is_risk(RiskLevel got, RiskLevel expected, const char *name)
{
	ok(got == expected, name);
	if (got != expected)
		printf("# got      %s\n# expected %s\n", risk_name(got),
			   risk_name(expected));
}

static void
test_worked_example(void)
{
	static const PostMetrics metrics = {
		.count = {[METRIC_VIEWS] = 125340,
				  [METRIC_LIKES] = 8567,
				  [METRIC_COMMENTS] = 342,
				  [METRIC_SHARES] = 156,
				  [METRIC_SAVES] = 89,
				  [METRIC_FOLLOWERS] = 125000},
		.author_verified = true,
		.platform_weight = 1.0,
	};
	Impact impact;

	impact_compute(&shipped, &metrics, SENTIMENT_POSITIVE, &impact);
	is_near(impact.engagement, 11551.4, 1e-9, "worked example: engagement");
	is_near(impact.reach, 1.2 * log10(125001), 1e-12, "its reach");
	is_near(impact.reach, 6.11630, 5e-6, "its reach in figures");
	is_near(impact.platform_weight, 1.0, 0, "its platform's weight");
	is_near(impact.amplifier, 1.1, 0, "its amplifier");
	is_near(impact.raw, 77716.96, 0.005, "its raw impact");
	is_near(impact.score, 77.7170, 0.00005, "its impact");
	ok(impact.is_viral, "it is viral");
	ok(impact.is_kol, "it is a KOL's");
	is_risk(impact.risk, RISK_MEDIUM, "its risk");
}

/* What one field more or less does to the impact of a post. */
static void
test_factors(void)
{
	PostMetrics metrics = post(1000, 9);
	Impact impact;

	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	is_near(impact.score, 1, 1e-12, "1000 likes before 9 followers");
	impact_compute(&shipped, &metrics, SENTIMENT_NEGATIVE, &impact);
	is_near(impact.score, 1.5, 1e-12, "a negative post");
	impact_compute(&shipped, &metrics, SENTIMENT_POSITIVE, &impact);
	is_near(impact.score, 1.1, 1e-12, "a positive post");
	metrics.author_verified = true;
	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	is_near(impact.score, 1.2, 1e-12, "a verified author");
	metrics.platform_weight = 1.5;
	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	is_near(impact.score, 1.8, 1e-12, "a platform's weight");
	metrics = post(1000, 0);
	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	is_near(impact.score, 0, 0, "no followers");
	metrics = post(INT64CONST(1) << 62, INT64CONST(1) << 62);
	impact_compute(&shipped, &metrics, SENTIMENT_NEGATIVE, &impact);
	is_near(impact.score, 100, 0, "no more than 100");
	metrics = post(0, 49999);
	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	ok(!impact.is_kol, "49999 followers: no KOL");
	metrics = post(0, 50000);
	impact_compute(&shipped, &metrics, SENTIMENT_NEUTRAL, &impact);
	ok(impact.is_kol, "50000 followers: a KOL");
}

/*
 * The table of risks at its limits and beside them.  Reach times platform
 * weight is 1 and so are the amplifiers here: likes / 1000 is the impact.
 */
static void
test_risks(void)
{
	static const struct
	{
		const char *name;
		int64 likes;
		Sentiment sentiment;
		bool is_kol;
		bool is_viral;
		RiskLevel risk;
	} cases[] = {
		{"100, negative, KOL", 100000, SENTIMENT_NEGATIVE, true, true,
		 RISK_CRITICAL},
		{"70, negative, KOL", 70000, SENTIMENT_NEGATIVE, true, true,
		 RISK_CRITICAL},
		{"100, negative", 100000, SENTIMENT_NEGATIVE, false, true, RISK_HIGH},
		{"70, negative", 70000, SENTIMENT_NEGATIVE, false, true, RISK_HIGH},
		{"69.999, negative, KOL", 69999, SENTIMENT_NEGATIVE, true, false,
		 RISK_MEDIUM},
		{"69.999, negative", 69999, SENTIMENT_NEGATIVE, false, false,
		 RISK_MEDIUM},
		{"40, negative, KOL", 40000, SENTIMENT_NEGATIVE, true, false,
		 RISK_MEDIUM},
		{"40, negative", 40000, SENTIMENT_NEGATIVE, false, false, RISK_MEDIUM},
		{"39.999, negative, KOL", 39999, SENTIMENT_NEGATIVE, true, false,
		 RISK_LOW},
		{"39.999, negative", 39999, SENTIMENT_NEGATIVE, false, false,
		 RISK_LOW},
		{"0, negative, KOL", 0, SENTIMENT_NEGATIVE, true, false, RISK_LOW},
		{"100, neutral, KOL", 100000, SENTIMENT_NEUTRAL, true, true,
		 RISK_MEDIUM},
		{"100, positive, KOL", 100000, SENTIMENT_POSITIVE, true, true,
		 RISK_MEDIUM},
		{"70, neutral", 70000, SENTIMENT_NEUTRAL, false, true, RISK_MEDIUM},
		{"69.999, positive", 69999, SENTIMENT_POSITIVE, false, false,
		 RISK_MEDIUM},
		{"60, neutral", 60000, SENTIMENT_NEUTRAL, false, false, RISK_MEDIUM},
		{"60, positive", 60000, SENTIMENT_POSITIVE, false, false, RISK_MEDIUM},
		{"59.999, neutral, KOL", 59999, SENTIMENT_NEUTRAL, true, false,
		 RISK_LOW},
		{"59.999, positive", 59999, SENTIMENT_POSITIVE, false, false,
		 RISK_LOW},
		{"40, neutral", 40000, SENTIMENT_NEUTRAL, false, false, RISK_LOW},
		{"0, positive", 0, SENTIMENT_POSITIVE, false, false, RISK_LOW},
	};
	ImpactSettings even = shipped;

	for (int i = 0; i < 3; i++)
		even.amplifier[i] = 1;
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		PostMetrics metrics =
			post(cases[i].likes, cases[i].is_kol ? 99999 : 9);
		Impact impact;

		metrics.platform_weight = cases[i].is_kol ? 0.2 : 1;
		impact_compute(&even, &metrics, cases[i].sentiment, &impact);
		is_near(impact.score, cases[i].likes / 1000.0, 1e-9, cases[i].name);
		is_risk(impact.risk, cases[i].risk, cases[i].name);
		ok(impact.is_viral == cases[i].is_viral, cases[i].name);
		ok(impact.is_kol == cases[i].is_kol, cases[i].name);
	}
}

static void
test_names(void)
{
	ok(strcmp(risk_name(RISK_LOW), "LOW") == 0, "LOW");
	ok(strcmp(risk_name(RISK_MEDIUM), "MEDIUM") == 0, "MEDIUM");
	ok(strcmp(risk_name(RISK_HIGH), "HIGH") == 0, "HIGH");
	ok(strcmp(risk_name(RISK_CRITICAL), "CRITICAL") == 0, "CRITICAL");
}

int
main(void)
{
	test_worked_example();
	test_factors();
	test_risks();
	test_names();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
