-- Shipped rules can be changed, not lost; dumps hold what was changed.
UPDATE analytics.settings SET value = 80 WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET value = value WHERE name = 'impact.kol_followers';
SELECT name, value, builtin, modified FROM analytics.settings WHERE name IN ('impact.viral_threshold', 'impact.kol_followers') ORDER BY 1;
UPDATE analytics.settings SET value = 101 WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET builtin = false, modified = false WHERE name = 'impact.viral_threshold';
SELECT builtin, modified FROM analytics.settings WHERE name = 'impact.viral_threshold';
DELETE FROM analytics.settings WHERE name = 'impact.viral_threshold';
UPDATE analytics.platforms SET name = 'x' WHERE name = 'unknown';
TRUNCATE analytics.error_codes;

-- Rows of the user's own.
INSERT INTO analytics.platforms (name, weight, builtin) VALUES ('zalo', 1.3, true);
SELECT name, builtin, modified FROM analytics.platforms WHERE name = 'zalo';
INSERT INTO analytics.platforms (name, weight) VALUES ('tiktok', 2);
DELETE FROM analytics.platforms WHERE name = 'zalo';

-- A restored row takes the place of the shipped one.
SET check_function_bodies = off;
COPY analytics.platforms (name, weight, expected_size, builtin, modified) FROM stdin;
tiktok	2	40	t	t
zalo	1.3	\N	f	f
\.
DELETE FROM analytics.platforms WHERE name = 'youtube';
RESET check_function_bodies;
SELECT name, weight, expected_size, builtin, modified FROM analytics.platforms WHERE name IN ('tiktok', 'zalo') ORDER BY 1;

DELETE FROM analytics.platforms WHERE name = 'zalo';
UPDATE analytics.platforms SET weight = 1.0, expected_size = 50 WHERE name = 'tiktok';
UPDATE analytics.settings SET value = 70 WHERE name = 'impact.viral_threshold';

-- Terms are stored in the form in which texts are read.
BEGIN;
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('  Zz-Tuyệt   MÈO!! ', 0.9), ('🪠', -0.1) RETURNING term, role, valence, factor, language, enabled, builtin;
INSERT INTO analytics.slang (source, formal) VALUES ('ZZKô', ' Không ') RETURNING source, formal, language;
INSERT INTO analytics.stop_words (word) VALUES ('ZzThì.') RETURNING word, language;
INSERT INTO analytics.spam_keywords (keyword) VALUES ('ZzVay 24/7') RETURNING keyword;
INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('Trạm_Sạc zz', 'PERFORMANCE') RETURNING term, tier;
UPDATE analytics.aspect_terms SET term = upper(term) WHERE NOT builtin RETURNING term;
ROLLBACK;

-- Rules that can be none are refused, each with its reason.
INSERT INTO analytics.sentiment_terms (term, valence) VALUES (' ... ', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES (NULL, 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('một hai ba bốn năm sáu bảy tám chín', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES (repeat('rất ', 300), 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz', 1.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz', 'NaN');
INSERT INTO analytics.sentiment_terms (term, role) VALUES ('zz', 'intensifier');
INSERT INTO analytics.sentiment_terms (term, role, factor) VALUES ('zz', 'softener', 1.5);
INSERT INTO analytics.sentiment_terms (term, factor) VALUES ('zz', 1.5);
INSERT INTO analytics.sentiment_terms (term, role, valence) VALUES ('zz', 'negator', -0.5);
INSERT INTO analytics.sentiment_terms (term, role) VALUES ('zz', 'verb');
INSERT INTO analytics.sentiment_terms (term, language) VALUES ('zz', 'fr');
INSERT INTO analytics.slang (source, formal) VALUES ('một hai ba bốn', 'năm');
INSERT INTO analytics.slang (source, formal) VALUES ('zz', '?');
INSERT INTO analytics.stop_words (word) VALUES ('hai từ');
INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('zz', 'TASTE');
INSERT INTO analytics.aspect_terms (term, aspect, tier) VALUES ('zz', 'PRICE', 'third');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('lừa (đảo', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('(?<!không )lừa', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('(lừa) \1', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('Lừa', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('x*', 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES (repeat('x', 1025), 'CRISIS');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz', 'DISCUSSION');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz', 'NEWS');

-- What is shipped would be taken, and would be stored as it is: there is no row below.
CREATE FUNCTION pg_temp.otherwise(rules regclass, check_trigger text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE checked (LIKE %s)', rules);
	EXECUTE replace(check_trigger, format(' ON %s ', rules), ' ON checked ');
	EXECUTE format('INSERT INTO checked SELECT * FROM %s WHERE builtin', rules);
	RETURN QUERY EXECUTE format('SELECT concat(%L, s) FROM (TABLE %s EXCEPT TABLE checked) AS s WHERE builtin', rules, rules);
	DROP TABLE checked;
END $$;
SELECT o.* FROM pg_trigger t, pg_temp.otherwise(t.tgrelid, pg_get_triggerdef(t.oid)) AS o WHERE t.tgname = 'rule_check';
SELECT count(*) > 0 AS some FROM analytics.intent_patterns WHERE builtin;

-- A shipped rule that is not wanted is switched off.
DELETE FROM analytics.spam_keywords WHERE keyword = 'vay vốn';
UPDATE analytics.spam_keywords SET enabled = false WHERE keyword = 'vay vốn' RETURNING keyword, enabled, builtin, modified;
UPDATE analytics.spam_keywords SET enabled = true WHERE keyword = 'vay vốn';
