-- Each transaction that changes rules makes one set; posts name theirs, and what a set changed is recorded.
SET timezone = 'UTC';
\set SHOW_CONTEXT never
SELECT name, description, created_by = current_user AS by_us FROM analytics.rule_sets WHERE version = 1;

-- What comes of this case, apart from what was before it.
CREATE TEMP TABLE known AS SELECT max(version) AS version FROM analytics.rule_sets;
CREATE FUNCTION pg_temp.sets() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM analytics.rule_sets s, known k WHERE s.version > k.version
$$;
CREATE TEMP VIEW changes AS
SELECT dense_rank() OVER (ORDER BY c.version) AS set, c.table_name, c.operation, c.rule, c.before, c.after
FROM analytics.rule_changes c, known k WHERE c.version > k.version ORDER BY c.place;
CREATE FUNCTION pg_temp.model() RETURNS integer LANGUAGE sql AS $$
	SELECT substr(model_version, 7)::integer FROM analytics.analyze('{"meta": {"id": "1"}}')
$$;
SELECT pg_temp.model() = version AS newest FROM known;

-- One transaction, one set.
BEGIN;
INSERT INTO analytics.slang (source, formal) VALUES ('zzk', 'không');
UPDATE analytics.slang SET formal = 'được' WHERE source = 'zzk';
DELETE FROM analytics.slang WHERE source = 'zzk';
UPDATE analytics.settings SET value = 71 WHERE name = 'impact.viral_threshold';
COMMIT;
SELECT * FROM changes;
SELECT pg_temp.sets();
SELECT pg_temp.model() = max(version) AS newest FROM analytics.rule_sets;

-- What changes nothing makes none.
UPDATE analytics.settings SET value = 71 WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET value = 72 WHERE false;
UPDATE analytics.error_codes SET retryable = retryable;
SELECT pg_temp.sets();

-- What is undone made none.
BEGIN;
UPDATE analytics.settings SET value = 73 WHERE name = 'impact.viral_threshold';
ROLLBACK;
BEGIN;
SAVEPOINT a;
UPDATE analytics.settings SET value = 74 WHERE name = 'impact.viral_threshold';
ROLLBACK TO a;
UPDATE analytics.settings SET value = 70 WHERE name = 'impact.viral_threshold';
COMMIT;
SELECT set, table_name, operation, rule, before ->> 'value' AS before, after ->> 'value' AS after FROM changes WHERE set > 1;
SELECT pg_temp.sets();

-- A session sees at once what it changed itself, and what it undid; and no name stands for two contents.
CREATE TEMP TABLE seen (version integer);
CREATE FUNCTION pg_temp.viral() RETURNS text LANGUAGE sql AS $$
	INSERT INTO seen SELECT pg_temp.model();
	SELECT concat(CASE WHEN is_viral THEN 'viral' ELSE 'not viral' END, ', model ', (SELECT count(DISTINCT s.version) FROM seen s))
	FROM analytics.analyze('{"meta": {"id": "1"}, "author": {"followers": 9}, "content": {"text": "đây là một bài đăng", "like_count": 50000}}')
$$;
SELECT pg_temp.viral();
BEGIN;
UPDATE analytics.settings SET value = 50 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral();
SAVEPOINT a;
UPDATE analytics.settings SET value = 51 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral();
ROLLBACK TO a;
SELECT pg_temp.viral();
UPDATE analytics.settings SET value = 52 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral();
ROLLBACK;
SELECT pg_temp.viral();
-- also within one command of a procedural language, whose expressions are kept
DO $$
BEGIN
	FOR threshold IN 49 .. 52 LOOP
		BEGIN
			UPDATE analytics.settings SET value = threshold WHERE name = 'impact.viral_threshold';
			RAISE NOTICE '%: %', threshold, pg_temp.viral();
			IF threshold % 2 = 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
			RAISE NOTICE 'undone: %', pg_temp.viral();
		END;
	END LOOP;
END $$;
UPDATE analytics.settings SET value = 70 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral();

-- A set that was used is closed: the next change of the transaction makes another.
BEGIN;
INSERT INTO analytics.spam_keywords (keyword) VALUES ('zz zz');
SELECT count(*) FROM analytics.analyze_text('x');
INSERT INTO analytics.spam_keywords (keyword) VALUES ('zz zy');
DELETE FROM analytics.spam_keywords WHERE keyword LIKE 'zz %';
COMMIT;
SELECT set, operation, rule FROM changes WHERE table_name = 'spam_keywords';

-- Error codes are no matter of the analysis, but sessions see their changes too.
CREATE FUNCTION pg_temp.category(id text) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT analytics.ingest(jsonb_build_object('event_id', id, 'payload', '{"minio_path": "b/k", "job_id": "proj_rs-brand-0", "platform": "tiktok", "content_count": 1}'::jsonb),
		'{"meta": {"id": "1", "fetch_status": "error", "error_code": "RS_CODE"}}');
	SELECT error_category FROM analytics.crawl_errors WHERE event_id = $1
$$;
BEGIN;
SELECT pg_temp.category('rs1');
INSERT INTO analytics.error_codes (code, category, retryable) VALUES ('RS_CODE', 'media', false);
SELECT pg_temp.category('rs2');
ROLLBACK;
SELECT pg_temp.category('rs3');
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;

-- An analyst needs the right to change a table of rules, and no other; whose change it was is recorded.
CREATE ROLE regress_analytics_analyst;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_analyst;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.sentiment_terms TO regress_analytics_analyst;
SET ROLE regress_analytics_analyst;
SET check_function_bodies = off; -- only a superuser restores dumps
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz hay', 0.5);
UPDATE analytics.sentiment_terms SET valence = 0.6 WHERE term = 'zz hay';
DELETE FROM analytics.sentiment_terms WHERE term = 'zz hay';
RESET check_function_bodies;
INSERT INTO analytics.rule_sets (version, created_by, stamp) VALUES (0, 'x', 0);
DELETE FROM analytics.rule_changes;
SELECT count(*) FROM analytics.analyze_text('x');
RESET ROLE;
GRANT EXECUTE ON FUNCTION analytics.analyze_text TO regress_analytics_analyst;
SET ROLE regress_analytics_analyst;
SELECT count(*) FROM analytics.analyze_text('x');
SELECT count(*) FROM analytics.settings;
RESET ROLE;
SELECT created_by, array_agg(operation ORDER BY place) FROM analytics.rule_sets JOIN analytics.rule_changes USING (version) WHERE created_by = 'regress_analytics_analyst' GROUP BY version, 1 ORDER BY version;
DROP OWNED BY regress_analytics_analyst;
DROP ROLE regress_analytics_analyst;

-- Of rows that are restored from a dump nothing is recorded, but they are seen.
BEGIN;
CREATE TEMP TABLE count_before AS SELECT count(*) FROM analytics.rule_changes;
CREATE FUNCTION pg_temp.recorded() RETURNS bigint LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM analytics.rule_changes) - count FROM count_before
$$;
SET LOCAL check_function_bodies = off;
SELECT pg_temp.viral() LIKE 'viral%' AS viral;
COPY analytics.settings (name, value, minimum, maximum, description, builtin, modified) FROM stdin;
impact.viral_threshold	40	0	100	restored	t	t
\.
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.recorded();
INSERT INTO analytics.settings (name, value, minimum, maximum, description, builtin, modified) VALUES ('impact.viral_threshold', 70, 0, 100, 'restored', true, true);
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.recorded();
-- Whoever turned the setting off for another reason changes rules as ever.
UPDATE analytics.settings SET value = 40 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.recorded();
DO $$ BEGIN INSERT INTO analytics.slang (source, formal) VALUES ('zzk', 'không'); END $$;
DELETE FROM analytics.slang WHERE source = 'zzk';
SELECT pg_temp.recorded();
ROLLBACK;
SELECT pg_temp.viral() LIKE 'viral%' AS viral;

-- A sequence that was set back, as by a dump, hides no change.
BEGIN;
SELECT setval('analytics.rule_changes_place_seq', 2) AS set_back;
UPDATE analytics.settings SET value = 40 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral;
UPDATE analytics.error_codes SET retryable = NOT retryable;
UPDATE analytics.settings SET value = 70 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral;
ROLLBACK;

-- Rules without a version are refused, until there is one.
BEGIN;
DELETE FROM analytics.rule_sets;
SAVEPOINT a;
SELECT count(*) FROM analytics.analyze_text('x');
ROLLBACK TO a;
INSERT INTO analytics.rule_sets (version, created_by, stamp) VALUES (nextval('analytics.rule_sets_version_seq'), current_user, nextval('analytics.rule_changes_place_seq'));
SELECT count(*) FROM analytics.analyze_text('x');
SELECT pg_temp.viral() LIKE 'viral%' AS viral;
UPDATE analytics.settings SET value = 40 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral;
ROLLBACK;

-- An extension that is created anew begins with its own rules, and numbers its own sets.
SET client_min_messages = warning;
BEGIN;
SET LOCAL analytics.allow_drop = on;
DROP EXTENSION analytics CASCADE;
CREATE EXTENSION analytics;
UPDATE analytics.settings SET value = 40 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.model() AS model;
DROP EXTENSION analytics;
CREATE EXTENSION analytics;
UPDATE analytics.settings SET value = 49000 WHERE name = 'impact.kol_followers';
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.model() AS model;
DROP EXTENSION analytics;
CREATE EXTENSION analytics;
UPDATE analytics.settings SET value = 49000 WHERE name = 'impact.kol_followers';
UPDATE analytics.settings SET value = 40 WHERE name = 'impact.viral_threshold';
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.model() AS model;
ROLLBACK;
RESET client_min_messages;
SELECT pg_temp.viral() LIKE 'viral%' AS viral, pg_temp.model() > 3 AS later;
