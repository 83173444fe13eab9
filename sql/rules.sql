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
