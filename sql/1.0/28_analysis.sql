----------------------------------------------------------------------
-- Functions: the analysis
----------------------------------------------------------------------

CREATE FUNCTION analytics.analyze_text(
	text text,
	OUT overall_sentiment text,
	OUT overall_sentiment_score double precision,
	OUT overall_confidence double precision,
	OUT sentiment_probabilities jsonb,
	OUT primary_intent text,
	OUT intent_confidence double precision,
	OUT is_noise boolean,
	OUT keywords jsonb,
	OUT aspects_breakdown jsonb,
	OUT clean_text text,
	OUT matches jsonb
) RETURNS record
LANGUAGE c STRICT STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'analytics_analyze_text';
COMMENT ON FUNCTION analytics.analyze_text(text) IS
'the analysis of a text, as that of a post whose caption it is; matches says which rule matched where in clean_text';

-- Not in a parallel worker: it names a rule set, which its session must know
-- to be used.
CREATE FUNCTION analytics.analyze(
	item jsonb,
	OUT id text,
	OUT platform text,
	OUT overall_sentiment text,
	OUT overall_sentiment_score double precision,
	OUT overall_confidence double precision,
	OUT sentiment_probabilities jsonb,
	OUT primary_intent text,
	OUT intent_confidence double precision,
	OUT is_noise boolean,
	OUT keywords jsonb,
	OUT aspects_breakdown jsonb,
	OUT clean_text text,
	OUT matches jsonb,
	OUT impact_score double precision,
	OUT risk_level text,
	OUT is_viral boolean,
	OUT is_kol boolean,
	OUT impact_breakdown jsonb,
	OUT signals jsonb,
	OUT scored_sentiment_score double precision,
	OUT model_version text
) RETURNS record
LANGUAGE c STRICT STABLE PARALLEL RESTRICTED COST 2000
AS 'MODULE_PATHNAME', 'analytics_analyze';
COMMENT ON FUNCTION analytics.analyze(jsonb) IS
'the analysis of one item of a batch as it would be stored, with what explains it: matches, signals, and the sentiment as scored, which of noise is not stored';

CREATE FUNCTION analytics.explain_post(
	INOUT id text,
	project_id text DEFAULT NULL,
	OUT platform text,
	OUT overall_sentiment text,
	OUT overall_sentiment_score double precision,
	OUT overall_confidence double precision,
	OUT sentiment_probabilities jsonb,
	OUT primary_intent text,
	OUT intent_confidence double precision,
	OUT is_noise boolean,
	OUT keywords jsonb,
	OUT aspects_breakdown jsonb,
	OUT clean_text text,
	OUT matches jsonb,
	OUT impact_score double precision,
	OUT risk_level text,
	OUT is_viral boolean,
	OUT is_kol boolean,
	OUT impact_breakdown jsonb,
	OUT signals jsonb,
	OUT scored_sentiment_score double precision,
	OUT model_version text
) RETURNS record
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp COST 100000
AS 'MODULE_PATHNAME', 'analytics_explain_post';
COMMENT ON FUNCTION analytics.explain_post(text, text) IS
'what analyze() says of a stored post, whose object is fetched again from the store of its consumer with the caller''s user mapping; by the rules that hold now, and without the consumer''s own scorer';
