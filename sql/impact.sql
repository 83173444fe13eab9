-- Impact and risk of a post, as far as its counters and its author decide.
SET timezone = 'UTC';

CREATE FUNCTION pg_temp.event(id text, platform text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'payload', jsonb_build_object('minio_path', 'b/k', 'job_id', 'proj_im-brand-0',
		'content_count', 1, 'platform', platform))
$$;

-- The worked example: with a text that is neutral, then with one that is positive, and without any, which is noise.
CREATE TEMP TABLE example AS SELECT '{"meta": {"id": "im_worked", "platform": "tiktok"},
	"content": {"text": "đây là một bài đăng", "view_count": 125340, "like_count": 8567, "comment_count": 342, "share_count": 156, "save_count": 89},
	"author": {"username": "carevolutionvn", "follower_count": 125000, "verified": true}}'::jsonb AS item;
SELECT status FROM example, analytics.ingest(pg_temp.event('im_worked', 'tiktok'), item);
SELECT e.key, e.value FROM analytics.post_analytics, jsonb_each(impact_breakdown) AS e WHERE event_id = 'im_worked' ORDER BY 1;
SELECT round(impact_score::numeric, 4) AS impact, is_viral, is_kol, risk_level, round((1.2 * log(125001))::numeric, 6) AS reach
FROM analytics.post_analytics WHERE event_id = 'im_worked';
SELECT status FROM example, analytics.ingest(pg_temp.event('im_worked2', 'tiktok'), jsonb_set(item, '{content,text}', '"Sản phẩm rất tốt, quá tuyệt vời"'));
SELECT status FROM example, analytics.ingest(pg_temp.event('im_worked3', 'tiktok'), item #- '{content,text}' || '{"meta": {"id": "im_silent"}}');
SELECT id, overall_sentiment, round((impact_breakdown ->> 'raw')::numeric, 2) AS raw, round(impact_score::numeric, 4) AS impact, is_viral, is_kol, risk_level
FROM analytics.post_analytics WHERE event_id IN ('im_worked2', 'im_worked3') ORDER BY event_id;

-- Followers of 9 make a reach of 1, so likes are the raw impact and 1000 of them a point.
CREATE TEMP TABLE cases AS
SELECT row_number() OVER () AS n, c.*
FROM (VALUES
	('nothing at all', 'tiktok', 0, 0, '{}'::jsonb, 0.0, false, false, 'LOW'),
	('no followers, no reach', 'tiktok', 0, 1000000, '{}', 0, false, false, 'LOW'),
	('a like', 'tiktok', 9, 1, '{}', 0.001, false, false, 'LOW'),
	('a view', 'tiktok', 9, 0, '{"view_count": 1000}', 0.01, false, false, 'LOW'),
	('a comment', 'tiktok', 9, 0, '{"comment_count": 1}', 0.002, false, false, 'LOW'),
	('a save', 'tiktok', 9, 0, '{"save_count": 1}', 0.003, false, false, 'LOW'),
	('a share', 'tiktok', 9, 0, '{"share_count": 1}', 0.005, false, false, 'LOW'),
	('below MEDIUM', 'tiktok', 9, 59999, '{}', 59.999, false, false, 'LOW'),
	('MEDIUM', 'tiktok', 9, 60000, '{}', 60, false, false, 'MEDIUM'),
	('below viral', 'tiktok', 9, 69999, '{}', 69.999, false, false, 'MEDIUM'),
	('viral', 'tiktok', 9, 70000, '{}', 70, true, false, 'MEDIUM'),
	('most', 'tiktok', 9, 100000, '{}', 100, true, false, 'MEDIUM'),
	('no more than 100', 'tiktok', 9, 100001, '{}', 100, true, false, 'MEDIUM'),
	('far more', 'tiktok', 9, 0, '{"view_count": 4611686018427387904, "share_count": 4611686018427387904}', 100, true, false, 'MEDIUM'),
	('below KOL', 'tiktok', 49999, 0, '{}', 0, false, false, 'LOW'),
	('KOL', 'tiktok', 50000, 0, '{}', 0, false, true, 'LOW'),
	('KOL and viral', 'tiktok', 99999, 20000, '{}', 100, true, true, 'MEDIUM'),
	('weight of youtube', 'youtube', 9, 10000, '{}', 15, false, false, 'LOW'),
	('weight of facebook', 'facebook', 9, 10000, '{}', 12, false, false, 'LOW'),
	('weight of instagram', 'instagram', 9, 10000, '{}', 11, false, false, 'LOW'),
	('weight of unknown', 'unknown', 9, 10000, '{}', 10, false, false, 'LOW'),
	('weight of one not listed', 'zalo', 9, 10000, '{}', 10, false, false, 'LOW')
) AS c(name, platform, followers, likes, content, impact, viral, kol, risk);
CREATE FUNCTION pg_temp.item(id text, followers bigint, likes bigint, content jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('meta', jsonb_build_object('id', id), 'author', jsonb_build_object('followers', followers),
		'content', jsonb_build_object('text', 'đây là một bài đăng', 'like_count', likes) || content)
$$;
CREATE TEMP TABLE answers AS
SELECT n, i.* FROM cases, analytics.ingest(pg_temp.event('im_' || n, platform), pg_temp.item('im_' || n, followers, likes, content)) AS i;
SELECT name, round(impact_score::numeric, 6) AS impact, is_viral, is_kol, risk_level,
	CASE WHEN (round(impact_score::numeric, 6), is_viral, is_kol, risk_level) IS DISTINCT FROM (impact, viral, kol, risk) THEN 'WRONG' ELSE 'ok' END AS verdict
FROM cases JOIN answers USING (n) LEFT JOIN analytics.post_analytics p ON p.event_id = key ORDER BY n;

-- Every setting counts: one is changed at a time, and undone.
CREATE FUNCTION pg_temp.with_setting(id text, setting text, new_value float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	UPDATE analytics.settings SET value = new_value WHERE name = setting;
	PERFORM analytics.ingest(pg_temp.event(id, 'tiktok'), '{"meta": {"id": "im_set"}, "author": {"followers": 99, "verified": true},
		"content": {"text": "đây là một bài đăng", "view_count": 100000, "like_count": 10000, "comment_count": 1000, "save_count": 1000, "share_count": 1000}}');
	SELECT format('%s %s %s %s', round(impact_score::numeric, 3), risk_level, CASE WHEN is_viral THEN 'viral' ELSE '-' END, CASE WHEN is_kol THEN 'KOL' ELSE '-' END)
	INTO result FROM analytics.post_analytics AS p WHERE p.event_id = with_setting.id;
	RAISE EXCEPTION USING MESSAGE = result, ERRCODE = 'AN001';
EXCEPTION WHEN SQLSTATE 'AN001' THEN
	RETURN SQLERRM;
END $$;
SELECT name, value, pg_temp.with_setting('im_set' || n, name, value) AS result
FROM (VALUES
	(1, 'impact.weight_view', 0.01), (2, 'impact.weight_view', 0.02), (3, 'impact.weight_like', 2), (4, 'impact.weight_comment', 3),
	(5, 'impact.weight_save', 4), (6, 'impact.weight_share', 6), (7, 'impact.verified_factor', 1), (8, 'impact.amplifier_neutral', 1.2),
	(9, 'impact.amplifier_negative', 9), (10, 'impact.amplifier_positive', 9), (11, 'impact.raw_ceiling', 1000000), (12, 'impact.viral_threshold', 50.4),
	(13, 'impact.viral_threshold', 50.5), (14, 'impact.kol_followers', 99), (15, 'impact.kol_followers', 100), (16, 'risk.medium_impact_other', 50.4),
	(17, 'risk.medium_impact_negative', 1), (18, 'risk.high_impact', 1)
) AS c(n, name, value) ORDER BY n;
SELECT name FROM analytics.settings WHERE modified AND name LIKE 'impact.weight%';
SELECT count(*) FROM analytics.post_analytics WHERE event_id LIKE 'im\_set%';

-- A platform's weight is that of the item, not of its batch, and can be changed.
BEGIN;
UPDATE analytics.platforms SET weight = 3 WHERE name = 'facebook';
SELECT status FROM analytics.ingest(pg_temp.event('im_mixed', 'tiktok'), '[
	{"meta": {"id": "im_m1"}}, {"meta": {"id": "im_m2", "platform": "YOUTUBE"}}, {"meta": {"id": "im_m3", "platform": "facebook"}}, {"meta": {"id": "im_m4", "platform": "zalo"}}]');
SELECT id, platform, impact_breakdown ->> 'platform_weight' AS weight FROM analytics.post_analytics WHERE event_id = 'im_mixed' ORDER BY 1;
ROLLBACK;

-- Other cases count from 0.
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
