/*-------------------------------------------------------------------------
 *
 * impact.c
 *	  Stage 5 of the analysis: how far a post reaches, and the risk in it.
 *
 * Arithmetic on plain structs.  Every constant comes from the settings; none
 * may be written here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "analysis/analysis.h"

const char *
risk_name(RiskLevel risk)
{
	static const char *const names[] = {
		[RISK_LOW] = "LOW",
		[RISK_MEDIUM] = "MEDIUM",
		[RISK_HIGH] = "HIGH",
		[RISK_CRITICAL] = "CRITICAL",
	};

	return names[risk];
}

static double
engagement_of(const ImpactSettings *settings, const PostMetrics *metrics)
{
	double sum = 0;

	for (int i = 0; i < POST_METRIC_COUNT; i++)
		sum += settings->weight[i] * (double) metrics->count[i];
	return sum;
}

static double
reach_of(const ImpactSettings *settings, const PostMetrics *metrics)
{
	double reach = log10((double) metrics->count[METRIC_FOLLOWERS] + 1);

	return metrics->author_verified ? reach * settings->verified_factor
									: reach;
}

static RiskLevel
risk_of(const ImpactSettings *settings, double score, bool is_negative,
		bool is_kol)
{
	if (is_negative && score >= settings->risk_high_impact)
		return is_kol ? RISK_CRITICAL : RISK_HIGH;
	if (score >= (is_negative ? settings->risk_medium_impact_negative
							  : settings->risk_medium_impact_other))
		return RISK_MEDIUM;
	return RISK_LOW;
}

void
impact_compute(const ImpactSettings *settings, const PostMetrics *metrics,
			   Sentiment sentiment, Impact *impact)
{
	impact->engagement = engagement_of(settings, metrics);
	impact->reach = reach_of(settings, metrics);
	impact->platform_weight = metrics->platform_weight;
	impact->amplifier = settings->amplifier[sentiment];
	impact->raw = impact->engagement * impact->reach *
				  impact->platform_weight * impact->amplifier;
	impact->score = Min(100.0, impact->raw / settings->raw_ceiling * 100.0);
	impact->is_viral = impact->score >= settings->viral_threshold;
	impact->is_kol =
		(double) metrics->count[METRIC_FOLLOWERS] >= settings->kol_followers;
	impact->risk = risk_of(settings, impact->score,
						   sentiment == SENTIMENT_NEGATIVE, impact->is_kol);
}
