-- The tables of the old Python service, as its migrations left them: a stand-in
-- for tests, with its types, defaults and indexes.  Naive timestamps are UTC; a
-- post has one row whatever projects found it; the service inserts or updates
-- by id.  Run with search_path set to the schema that is to hold them.

CREATE TABLE post_analytics (
	id varchar(50) NOT NULL,
	project_id uuid,
	platform varchar(20) NOT NULL,
	published_at timestamp NOT NULL,
	analyzed_at timestamp,
	overall_sentiment varchar(10) NOT NULL,
	overall_sentiment_score double precision,
	overall_confidence double precision,
	primary_intent varchar(20) NOT NULL,
	intent_confidence double precision,
	impact_score double precision NOT NULL,
	risk_level varchar(10) NOT NULL,
	is_viral boolean,
	is_kol boolean,
	aspects_breakdown jsonb,
	keywords jsonb,
	sentiment_probabilities jsonb,
	impact_breakdown jsonb,
	view_count integer,
	like_count integer,
	comment_count integer,
	share_count integer,
	save_count integer,
	follower_count integer,
	processing_time_ms integer,
	model_version varchar(50),
	job_id varchar(100),
	batch_index integer,
	task_type varchar(30),
	keyword_source varchar(200),
	crawled_at timestamp,
	pipeline_version varchar(50),
	fetch_status varchar(10) DEFAULT 'success',
	fetch_error text,
	error_code varchar(50),
	error_details jsonb,
	PRIMARY KEY (id)
);
CREATE INDEX idx_post_analytics_job_id ON post_analytics (job_id);
CREATE INDEX idx_post_analytics_fetch_status ON post_analytics (fetch_status);
CREATE INDEX idx_post_analytics_task_type ON post_analytics (task_type);
CREATE INDEX idx_post_analytics_error_code ON post_analytics (error_code);
CREATE INDEX idx_post_analytics_project_id ON post_analytics (project_id);

CREATE TABLE crawl_errors (
	id serial NOT NULL,
	content_id varchar(50) NOT NULL,
	project_id uuid,
	job_id varchar(100) NOT NULL,
	platform varchar(20) NOT NULL,
	error_code varchar(50) NOT NULL,
	error_category varchar(30) NOT NULL,
	error_message text,
	error_details jsonb,
	permalink text,
	created_at timestamp DEFAULT now(),
	PRIMARY KEY (id)
);
CREATE INDEX idx_crawl_errors_project_id ON crawl_errors (project_id);
CREATE INDEX idx_crawl_errors_error_code ON crawl_errors (error_code);
CREATE INDEX idx_crawl_errors_created_at ON crawl_errors (created_at);
CREATE INDEX idx_crawl_errors_job_id ON crawl_errors (job_id);

-- What the service writes of n posts and of an error for each tenth of them.
CREATE FUNCTION old_posts(first integer, last integer, crawl timestamp DEFAULT '2025-12-06 10:15:30.123')
RETURNS SETOF post_analytics LANGUAGE sql AS $$
SELECT 'post_' || n, CASE WHEN n % 7 > 0 THEN ('550e8400-e29b-41d4-a716-4466554400' || lpad((n % 7)::text, 2, '0'))::uuid END,
	CASE WHEN n % 3 = 0 THEN 'YOUTUBE' ELSE 'TIKTOK' END, timestamp '2025-12-05 15:30' + n * interval '1 second', crawl + interval '5 seconds',
	CASE n % 3 WHEN 0 THEN 'POSITIVE' WHEN 1 THEN 'NEUTRAL' ELSE 'NEGATIVE' END, (n % 201 - 100) / 100.0, 0.9,
	'DISCUSSION', 0.5, n % 101, 'LOW', n % 50 = 0, n % 100 = 0,
	jsonb_build_object('PRICE', jsonb_build_object('label', 'NEGATIVE', 'score', -0.5, 'mentions', n % 4)),
	jsonb_build_array(jsonb_build_object('keyword', 'pin ' || n, 'aspect', 'PERFORMANCE')),
	'{"POSITIVE": 0.2, "NEUTRAL": 0.3, "NEGATIVE": 0.5}'::jsonb, jsonb_build_object('reach', n),
	n * 10, n, n % 30, n % 20, n % 10, n * 3, n % 90, 'phobert-1.0',
	'550e8400-e29b-41d4-a716-446655440001-brand-' || n / 50, n % 10, 'research_and_crawl', 'VinFast VF8', crawl, 'crawler_tiktok_v3',
	'success', NULL::text, NULL::varchar, NULL::jsonb
FROM generate_series(first, last) AS g(n)
$$;
CREATE FUNCTION old_errors(first integer, last integer, at timestamp DEFAULT (now() AT TIME ZONE 'UTC')::timestamp)
RETURNS TABLE (content_id text, project_id uuid, job_id text, platform text, error_code text, error_category text, error_message text, error_details jsonb, permalink text, created_at timestamp)
LANGUAGE sql AS $$
SELECT 'gone_' || n, NULL::uuid, 'job-brand-' || n, 'TIKTOK', 'CONTENT_REMOVED', 'content', CASE WHEN n % 2 = 0 THEN 'removed' END,
	CASE WHEN n % 3 = 0 THEN '{"status": 410}'::jsonb END, 'https://example.com/' || n, at - n * interval '1 second'
FROM generate_series(first, last) AS g(n)
$$;
