-- What is written under a post: the examples of the specification, and the shape of what is answered.
SET timezone = 'UTC';
\set SHOW_CONTEXT never

-- Intent; no pattern matches across sentences.
SELECT t.text, a.primary_intent, a.intent_confidence, a.is_noise FROM (VALUES
	(1, 'VinFast lừa đảo khách hàng'), (2, 'Giá xe bao nhiêu shop?'), (3, 'vay vốn lãi suất thấp 0912345678'),
	(4, 'thất vọng quá, lỗi hoài không sửa'), (5, 'bảo hành ở đâu vậy'), (6, 'hôm nay trời đẹp'),
	(7, 'không có gì để chê, nên mua'), (8, 'Con lừa đang ăn cỏ. Đảo Phú Quốc đẹp lắm')
) AS t(n, text), analytics.analyze_text(t.text) AS a ORDER BY n;

-- Sentiment.
SELECT t.text, a.overall_sentiment FROM (VALUES
	(1, 'Sản phẩm dở tệ'), (2, 'Chất lượng kém'), (3, 'Rất tệ, không nên mua'), (4, 'Sản phẩm rất tốt, đáng mua'), (5, 'Hôm qua tôi mua điện thoại')
) AS t(n, text), analytics.analyze_text(t.text) AS a ORDER BY n;

-- Sentiment of aspects.
SELECT t.text, e.key AS aspect, e.value ->> 'label' AS label, e.value ->> 'mentions' AS mentions, e.value ->> 'keywords' AS keywords FROM (VALUES
	(1, 'Xe thiết kế đẹp nhưng giá quá đắt'), (2, 'Thiết kế rất đẹp nhưng pin yếu và giá cao')
) AS t(n, text), analytics.analyze_text(t.text) AS a, jsonb_each(a.aspects_breakdown) AS e ORDER BY n, e.key;

-- Keywords: the longest term is one mention, dictionary terms first.
SELECT k.* FROM analytics.analyze_text('Trạm sạc ở Hà Nội: trạm sạc nào cũng đông, giá sạc thì ổn'), jsonb_to_recordset(keywords) AS k(rank integer, keyword text, aspect text, score numeric, source text, count integer) WHERE rank <= 4 ORDER BY rank;

-- Text: what is read as what.
SELECT t.text, a.clean_text FROM (VALUES
	(1, 'a VF8 e SUV'), (2, 'sp này ko đẹp, k nên mua'), (3, '中文 日本語 한국어 😀 ภาษาไทย العربية'), (4, 'ＮＦＫＣ ﬁle   ①'), (5, 'Xem https://example.com/a?b=c #VinFast!!!')
) AS t(n, text), analytics.analyze_text(t.text) AS a ORDER BY n;

-- Places of matches are characters of the clean text, from 0.
SELECT count(*) > 0 AS some, bool_and(substr(a.clean_text, (m ->> 'start')::int + 1, (m ->> 'end')::int - (m ->> 'start')::int) = m ->> 'text') AS right_place,
	bool_and((m ->> 'start')::int >= coalesce(before, 0)) AS in_order, bool_and(jsonb_object_keys <@ ARRAY['table', 'rule', 'start', 'end', 'text', 'label', 'effect', 'cancelled']) AS known_keys
FROM (VALUES ('Thiết kế rất đẹp 😀 nhưng pin yếu và giá cao, không nên mua'), ('lừa đảo! giá bao nhiêu shop? ko đẹp')) AS t(text), analytics.analyze_text(t.text) AS a,
	LATERAL (SELECT m, lag((m ->> 'start')::int) OVER (PARTITION BY t.text ORDER BY n) AS before, ARRAY(SELECT jsonb_object_keys(m)) AS jsonb_object_keys FROM jsonb_array_elements(a.matches) WITH ORDINALITY AS u(m, n)) AS u;

-- Probabilities add to 1; figures are in their ranges.
SELECT bool_and((SELECT sum(value::numeric) FROM jsonb_each_text(sentiment_probabilities)) = 1) AS add_up, bool_and(overall_sentiment_score BETWEEN -1 AND 1) AS score,
	bool_and(overall_confidence BETWEEN 0 AND 1) AS confidence, bool_and(keywords = keywords::text::jsonb) AS keywords, bool_and(jsonb_array_length(keywords) <= 30) AS at_most_30,
	bool_and(NOT is_noise OR (keywords = '[]' AND aspects_breakdown = '{}' AND overall_sentiment_score = 0)) AS noise
FROM generate_series(1, 200, 8) AS i, analytics.analyze_text((SELECT string_agg(term, CASE WHEN n % 5 = 0 THEN '. ' ELSE ' ' END ORDER BY n) FROM (
	SELECT term, row_number() OVER (ORDER BY md5(term || i)) AS n FROM (SELECT term FROM analytics.sentiment_terms UNION ALL SELECT term FROM analytics.aspect_terms) AS s) AS r WHERE n <= i));

-- However many keywords there are, they are jsonb like any other.
BEGIN;
UPDATE analytics.settings SET value = 100 WHERE name = 'keywords.maximum';
SELECT jsonb_array_length(a.keywords), a.keywords = p.parsed AS equal, pg_column_size(a.keywords) = pg_column_size(p.parsed) AS same_size,
	(SELECT bool_and(a.keywords -> n = p.parsed -> n AND (a.keywords -> n ->> 'rank')::int = n + 1 AND a.keywords -> n ->> 'keyword' <> '') FROM generate_series(0, 99) AS n) AS each_found
FROM (SELECT string_agg(translate(md5(i::text), '0123456789', 'ghiklmnopq'), ' ' ORDER BY i) FROM generate_series(1, 150) AS i) AS t(text),
	analytics.analyze_text(t.text) AS a, LATERAL (SELECT a.keywords::text::jsonb) AS p(parsed);
ROLLBACK;

-- A text is judged once however often it is asked of, and anew when the rules change.
SELECT (a).overall_sentiment, (a).primary_intent FROM (SELECT analytics.analyze_text('Sản phẩm zzhay') AS a) AS s;
BEGIN;
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zzhay', 0.9);
SELECT (analytics.analyze_text('Sản phẩm zzhay')).overall_sentiment, (analytics.analyze_text('Sản phẩm zzhay')).matches;
UPDATE analytics.sentiment_terms SET enabled = false WHERE term = 'zzhay';
SELECT (analytics.analyze_text('Sản phẩm zzhay')).overall_sentiment;
ROLLBACK;
SELECT analytics.analyze_text(NULL) IS NULL AS of_nothing;

-- An item: as it would be stored, and why.
CREATE TEMP TABLE example AS SELECT '{"meta": {"id": "im_worked", "platform": "tiktok"},
	"content": {"text": "Xe rất đẹp, chạy êm, quá tuyệt vời", "view_count": 125340, "like_count": 8567, "comment_count": 342, "share_count": 156, "save_count": 89},
	"comments": [{"text": "gọi 0912345678 nhé", "like_count": 3}],
	"author": {"username": "carevolutionvn", "follower_count": 125000, "verified": true}}'::jsonb AS item;
SELECT id, platform, overall_sentiment, is_noise, round(impact_score::numeric, 4) AS impact, risk_level, is_viral, is_kol, impact_breakdown, signals, scored_sentiment_score = overall_sentiment_score AS as_scored, model_version LIKE 'rules-%' AS names_rules
FROM example, analytics.analyze(item);
SELECT status FROM example, analytics.ingest('{"event_id": "an_1", "payload": {"minio_path": "b/k", "job_id": "proj_an-brand-0", "platform": "tiktok", "content_count": 1}}', item);
SELECT (p.overall_sentiment, p.overall_sentiment_score, p.overall_confidence, p.sentiment_probabilities, p.primary_intent, p.intent_confidence, p.keywords, p.aspects_breakdown, p.impact_score, p.risk_level, p.is_viral, p.is_kol, p.impact_breakdown, p.model_version)
	IS NOT DISTINCT FROM (a.overall_sentiment, a.overall_sentiment_score, a.overall_confidence, a.sentiment_probabilities, a.primary_intent, a.intent_confidence, a.keywords, a.aspects_breakdown, a.impact_score, a.risk_level, a.is_viral, a.is_kol, a.impact_breakdown, a.model_version) AS as_stored
FROM analytics.post_analytics AS p, example, analytics.analyze(item) AS a WHERE p.event_id = 'an_1';

-- Noise: neutral, without keywords and impact; what it would have said is told all the same.
SELECT overall_sentiment, primary_intent, is_noise, keywords, aspects_breakdown, impact_score, risk_level, round(scored_sentiment_score::numeric, 1) AS scored, signals -> 'has_phone' AS phone, signals -> 'has_spam_keyword' AS spam
FROM analytics.analyze('{"meta": {"id": "1"}, "content": {"text": "vay vốn lãi suất thấp, rất tuyệt vời, 0912345678", "like_count": 1000000}, "author": {"followers": 99999}}');
-- one comment with a telephone number does not make a post noise
SELECT is_noise, signals -> 'has_phone' AS phone FROM analytics.analyze('{"meta": {"id": "1"}, "content": {"text": "hôm nay trời nhiều mây"}, "comments": [{"text": "vay vốn gọi 0912345678"}]}');

-- A text that is cut says so.
BEGIN;
UPDATE analytics.settings SET value = 1000 WHERE name = 'text.max_bytes';
SELECT length(clean_text) <= 1000 AS cut, signals -> 'is_truncated' AS is_truncated, impact_breakdown -> 'warnings' AS warnings
FROM analytics.analyze(jsonb_build_object('meta', '{"id": "1"}'::jsonb, 'content', jsonb_build_object('text', repeat('trời đẹp ', 1000), 'view_count', -1)));
SELECT bytes, signals -> 'is_truncated' AS is_truncated
FROM generate_series(1000, 1001) AS bytes, analytics.analyze(jsonb_build_object('meta', '{"id": "1"}'::jsonb, 'content', jsonb_build_object('text', rpad('', bytes, 'car ')))) ORDER BY 1;
ROLLBACK;

-- An item that would be no post is refused with the reason.
SELECT analytics.analyze('{"content": {"text": "x"}}');
SELECT analytics.analyze('{"meta": {"id": "1", "fetch_status": "error", "error_code": "CONTENT_REMOVED", "error_message": "it is gone"}}');
SELECT analytics.analyze('[]');
SELECT analytics.analyze('7');
SELECT id, platform FROM analytics.analyze('{"items": [{"meta": {"id": 5, "platform": "Zalo"}}]}');

TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
