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

-- Of a setting only the value is the user's, and no setting is made up.
UPDATE analytics.settings SET value = 150, maximum = 200 WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET minimum = -1 WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET unit = 'apples' WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET description = '' WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET name = 'impact.viral' WHERE name = 'impact.viral_threshold';
INSERT INTO analytics.settings (name, value, minimum, maximum, description) VALUES ('impact.viral_treshold', 60, 0, 100, '');
INSERT INTO analytics.settings (name, value, minimum, maximum, description) VALUES ('reach', 60, 0, 100, '');
INSERT INTO analytics.settings (name, value, minimum, maximum, description) VALUES ('colour', 60, 0, 100, '');
INSERT INTO analytics.settings (name, value, minimum, maximum, description) VALUES ('impact.viral_threshold', 60, 0, 100, '')
	ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING name, value, maximum, modified;
UPDATE analytics.settings SET value = 80 WHERE name = 'impact.viral_threshold';

-- Values are numbers, of what is counted whole ones.
UPDATE analytics.settings SET value = 'NaN' WHERE name = 'impact.viral_threshold';
UPDATE analytics.settings SET value = 'Infinity' WHERE name = 'impact.raw_ceiling';
UPDATE analytics.settings SET value = 2.5 WHERE name = 'text.max_comments';
SELECT name, unit FROM analytics.settings WHERE unit IN ('bytes', 'characters', 'comments', 'keywords', 'words') ORDER BY name COLLATE "C";

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
COPY analytics.settings (name, value, minimum, maximum, unit, description, builtin, modified) FROM stdin;
risk.high_impact	71	0	99	impact	as of another version	t	t
zz.gone	1	0	1		of another version	t	t
\.
COPY analytics.settings (name, value, minimum, maximum, unit, description, builtin, modified) FROM stdin;
zz.all	1	-Infinity	1		of no version	t	t
\.
RESET check_function_bodies;
SELECT name, value, maximum, builtin, modified FROM analytics.settings WHERE name IN ('risk.high_impact', 'zz.gone') ORDER BY 1;
DELETE FROM analytics.settings WHERE name = 'zz.gone';
SET check_function_bodies = off;
UPDATE analytics.settings SET value = 70, maximum = 100, description = 'a negative post is HIGH (CRITICAL for a KOL) from this impact on' WHERE name = 'risk.high_impact';
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
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('🔥 zz', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz🔥', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz :))', 0.5);
INSERT INTO analytics.slang (source, formal) VALUES ('zz', 'vui 😍');
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
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('\bđẹp', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('giá\b', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('\b(mua|ăn) gì', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('(mua (đi|nhé?|ở)|bán)\b', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('mua (ngay )?\b(?:x?y{0,2})*[đd]i', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('mua\x{111}?\b', 'LEAD');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz', 'DISCUSSION');
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz', 'NEWS');

-- Here \b stands at the edge of ASCII words, or is none.
BEGIN;
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES
('\b(tiền|giá) rẻ lắm\b', 'LEAD'), ('đẹp\b', 'LEAD'), ('ô\\bđ', 'LEAD'), ('zz[\b]đ', 'LEAD'), ('\b[^đ]zz', 'LEAD'),
('đ|\bzz\b|ô', 'LEAD'), ('(?i)\bzz\b(?#đ)\W', 'LEAD'), ('\b(?:zz|xx)\b.*(đi|ở)', 'LEAD'), ('zz\xE1', 'LEAD'), ('đ \bzz', 'LEAD');
ROLLBACK;

-- A pattern that is left as it is was checked when it was written.
BEGIN;
ALTER TABLE analytics.intent_patterns DISABLE TRIGGER rule_check;
INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz (', 'LEAD');
ALTER TABLE analytics.intent_patterns ENABLE TRIGGER rule_check;
UPDATE analytics.intent_patterns SET enabled = false WHERE pattern = 'zz (' RETURNING enabled;
UPDATE analytics.intent_patterns SET pattern = 'zz ((' WHERE pattern = 'zz (';
ROLLBACK;

-- Words with a mark are no emoticons, and slang that texts never show is warned of.
BEGIN;
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz 50%', 0.1), ('zz (rẻ)', 0.1) RETURNING term;
INSERT INTO analytics.slang (source, formal, language) VALUES ('zzk', 'zz không', 'vi'), ('zze', 'zz english', 'en'), ('ż', 'zz một', 'vi');
INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('rất zzk tốt', 0.5);
INSERT INTO analytics.sentiment_terms (term, valence, language) VALUES ('zze', 0.5, 'vi'), ('zze good', 0.5, 'en'), ('ż nhé', 0.5, 'vi');
INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('ZZE', 'PRICE');
INSERT INTO analytics.spam_keywords (keyword) VALUES ('mua zzk ż ngay');
UPDATE analytics.aspect_terms SET enabled = false WHERE term = 'zze';
UPDATE analytics.slang SET enabled = false WHERE source = 'zzk';
INSERT INTO analytics.stop_words (word) VALUES ('zze');
INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('zzk', 'PRICE');
ROLLBACK;

-- What is shipped would be taken, and would be stored as it is: there is no row below.
CREATE FUNCTION pg_temp.otherwise(rules regclass, check_trigger text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE checked (LIKE %s)', rules);
	EXECUTE replace(check_trigger, format(' ON %s ', rules), ' ON checked ');
	EXECUTE format('INSERT INTO checked SELECT * FROM %s WHERE builtin', rules);
	RETURN QUERY EXECUTE format('SELECT concat(%L, s) FROM (TABLE %s EXCEPT TABLE checked) AS s WHERE builtin', rules, rules);
	DROP TABLE checked;
END $$;
SET client_min_messages = error;
SELECT o.* FROM pg_trigger t, pg_temp.otherwise(t.tgrelid, pg_get_triggerdef(t.oid)) AS o WHERE t.tgname = 'rule_check';
RESET client_min_messages;
SELECT count(*) > 0 AS some FROM analytics.intent_patterns WHERE builtin;

-- A shipped rule that is not wanted is switched off.
DELETE FROM analytics.spam_keywords WHERE keyword = 'vay vốn';
UPDATE analytics.spam_keywords SET enabled = false WHERE keyword = 'vay vốn' RETURNING keyword, enabled, builtin, modified;
UPDATE analytics.spam_keywords SET enabled = true WHERE keyword = 'vay vốn';
