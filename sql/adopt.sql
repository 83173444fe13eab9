-- Moving in from the old service: what is said of its tables, and what becomes of a row.
SET client_min_messages = notice;
SET timezone = 'Asia/Ho_Chi_Minh';
\set VERBOSITY terse

-- All that is wrong is told at once, and nothing is begun.
CREATE SCHEMA wrong;
CREATE TABLE wrong.post_analytics (id numeric, platform text[], published_at date, overall_sentiment text, overall_sentiment_score text,
	view_count numeric, is_viral integer, keywords text, "odd ""column""" text);
CREATE TABLE wrong.crawl_errors (id integer, content_id text, error_code text);
CREATE SEQUENCE wrong.counter;
SELECT source_table, subject, finding FROM analytics.check_adoption('wrong', '{post_analytics,crawl_errors,counter,absent}') WHERE status = 'error';
SELECT source_table, subject, status, finding FROM analytics.check_adoption('wrong') WHERE status <> 'error';
\set VERBOSITY default
CALL analytics.adopt('wrong', '{crawl_errors,absent}');
\set VERBOSITY terse
SELECT finding FROM analytics.check_adoption('analytics', '{post_analytics}') WHERE status = 'error';
CREATE VIEW wrong.ours AS SELECT * FROM analytics.python_post_analytics;
CREATE MATERIALIZED VIEW wrong.ours_too AS SELECT * FROM wrong.ours;
CREATE VIEW wrong.harmless AS SELECT * FROM wrong.post_analytics WHERE analytics.subject(id::text, NULL) IS NULL;
SELECT source_table, finding FROM analytics.check_adoption('wrong', '{ours,ours_too,harmless}') WHERE finding LIKE '%extension''s own';
CALL analytics.adopt('wrong', '{ours}');
SELECT finding, hint FROM analytics.check_adoption('no "such', '{post_analytics}');
SELECT count(*) FROM analytics.adoptions;
DROP SCHEMA wrong CASCADE;

-- Arguments.
CALL analytics.adopt(NULL);
CALL analytics.adopt('x', '{}');
CALL analytics.adopt('x', '{NULL}');
CALL analytics.adopt('x', '{{a},{b}}');
CALL analytics.adopt('x', chunk_rows => 0);
CALL analytics.verify_adoption('x', chunk_rows => 100001);
BEGIN;
CALL analytics.adopt('x');
ROLLBACK;
SELECT * FROM analytics.check_adoption(NULL);

-- A row, in a schema and tables of strange names, and one of each kind that cannot be taken.
CREATE SCHEMA "the old; ""Service""'s $1";
SET search_path = "the old; ""Service""'s $1", public;
CREATE DOMAIN short_text AS varchar(20);
CREATE TYPE risk AS ENUM ('LOW', 'HIGH');
CREATE TABLE "post's" (id varchar(50) PRIMARY KEY, project_id uuid, platform short_text NOT NULL, published_at timestamp, analyzed_at timestamptz,
	overall_sentiment varchar(10), overall_sentiment_score real, primary_intent varchar(20), impact_score numeric, risk_level risk,
	is_viral boolean, aspects_breakdown json, keywords jsonb, view_count smallint, job_id varchar(100), crawled_at timestamp, brand_name text);
CREATE TABLE "errors" (id serial PRIMARY KEY, content_id text, project_id text, job_id text, platform text, error_code text, error_category text,
	error_message text, error_details jsonb, created_at timestamp);
INSERT INTO "post's" VALUES
	('good', '550E8400-E29B-41D4-A716-446655440000', 'tiktok', '2025-12-05 15:30', '2025-12-06 10:00+00', 'POSITIVE', 0.5, 'LEAD', 55.5, 'LOW',
		true, '{"PRICE": {"score": 1}}', '["pin"]', 7, '550e8400-e29b-41d4-a716-446655440000-toyota-3', '2025-12-06 10:15:30.123', 'VinFast'),
	('null', NULL, 'YouTube', '2025-12-05 15:30', NULL, 'NEUTRAL', NULL, 'OTHER', 0, 'HIGH', NULL, 'null', NULL, NULL, NULL, NULL, NULL),
	('', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 0, 'OTHER', 0, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('nan', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 'NaN', 'OTHER', 0, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('score', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', -1.5, 'OTHER', 0, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('impact', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 1, 'OTHER', 100.01, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('no intent', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 1, NULL, 1, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('no time', NULL, 'TIKTOK', NULL, NULL, 'NEUTRAL', 1, 'OTHER', 1, 'LOW', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('for ever', NULL, 'TIKTOK', NULL, NULL, 'NEUTRAL', 1, 'OTHER', 1, 'LOW', NULL, NULL, NULL, NULL, NULL, 'infinity', NULL),
	('shape', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 1, 'OTHER', 1, 'LOW', NULL, '"{\"PRICE\": 1}"', NULL, NULL, NULL, NULL, NULL),
	('nul', NULL, 'TIKTOK', '2025-12-05', NULL, 'NEUTRAL', 1, 'OTHER', 1, 'LOW', NULL, '{"text": "\u0000"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO errors VALUES
	(1, 'e1', 'proj_x', 'proj_x-brand-0', 'tiktok', 'TIMEOUT', 'network', NULL, NULL, (now() AT TIME ZONE 'UTC') - interval '89 days'),
	(2, 'e2', NULL, 'proj_x-brand-0', 'TIKTOK', 'TIMEOUT', 'network', 'slow', '[1]', (now() AT TIME ZONE 'UTC') - interval '91 days'),
	(3, 'e3', NULL, NULL, 'TIKTOK', 'TIMEOUT', 'network', 'slow', '{}', now()),
	(4, 'e4', NULL, 'j', 'TIKTOK', 'TIMEOUT', 'network', 'slow', '{}', NULL);
RESET search_path;
SELECT source_table, subject, status, finding FROM analytics.check_adoption('the old; "Service"''s $1', '{post''s,errors}', read_rows => false);
CALL analytics.adopt('the old; "Service"''s $1', '{post''s,errors}', chunk_rows => 4);
SELECT source_table, state, rows_read, copied, replaced, unchanged, kept_newer, expired, rejected, filled, verify_read, missing, different, source_checksum = stored_checksum AS equal
FROM analytics.stat_adoption ORDER BY 1;
SELECT source_table, source_key, sqlstate, reason, json_typeof(source_row) FROM analytics.adoption_rejects ORDER BY 1, source_key COLLATE "C";
\x on
\pset format unaligned
SELECT * FROM analytics.post_analytics ORDER BY id;
SELECT content_id, project_id, platform, error_message, error_details, event_id, item_index, date_trunc('day', now() - created_at) FROM analytics.crawl_errors;
SELECT * FROM analytics.python_post_analytics ORDER BY id;
\x off
\pset format aligned

-- Again: nothing changes, and what was mended is taken.
UPDATE "the old; ""Service""'s $1"."post's" SET aspects_breakdown = '{}' WHERE id = 'nul';
UPDATE "the old; ""Service""'s $1"."post's" SET view_count = 8, crawled_at = crawled_at + interval '1 hour' WHERE id = 'good';
CALL analytics.adopt('the old; "Service"''s $1', '{post''s,errors}');
SELECT source_key FROM analytics.adoption_rejects WHERE source_table = 'post''s' AND source_key LIKE 'nu%';
SELECT view_count, crawled_at FROM analytics.post_analytics WHERE id = 'good';

-- Equal values are equal, however they are written.
UPDATE "the old; ""Service""'s $1"."post's" SET aspects_breakdown = '{"PRICE": {"score": 1.00}}' WHERE id = 'good';
UPDATE "the old; ""Service""'s $1"."post's" SET overall_sentiment_score = '-0' WHERE id = 'null';
CALL analytics.verify_adoption('the old; "Service"''s $1', '{post''s}');

-- Times that have not come yet, defaults that are local time, and what would follow a table to another name.
CREATE SCHEMA ahead;
CREATE TABLE ahead.crawl_errors (id serial PRIMARY KEY, content_id text, job_id text, platform text, error_code text, error_category text, created_at timestamp DEFAULT now());
INSERT INTO ahead.crawl_errors (content_id, created_at) SELECT n, (now() AT TIME ZONE 'UTC') + n * interval '7 hours' FROM generate_series(-1, 2) AS g(n);
CREATE VIEW ahead.dashboard AS SELECT error_code, count(*) FROM ahead.crawl_errors GROUP BY 1;
CREATE VIEW ahead.above AS SELECT * FROM ahead.dashboard;
CREATE FUNCTION ahead.counted() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM ahead.crawl_errors; END;
CREATE FUNCTION ahead.by_name() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ahead.crawl_errors';
CREATE TABLE ahead.notes (error integer REFERENCES ahead.crawl_errors);
SELECT subject, status, regexp_replace(finding, '(PST8PDT|America/Los_Angeles)', 'ZONE'), regexp_replace(hint, '(PST8PDT|America/Los_Angeles)', 'ZONE')
FROM analytics.check_adoption('ahead', '{crawl_errors}') WHERE subject IN ('created_at', 'dependents');

-- No event has been processed.
SELECT count(*) FROM analytics.counters;
SELECT count(*) FROM analytics.batches;
SET client_min_messages = warning;
DROP SCHEMA "the old; ""Service""'s $1" CASCADE;
DROP SCHEMA ahead CASCADE;
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.adoptions, analytics.adoption_rejects RESTART IDENTITY;
