-- Up and down: what each version has that the one before had not.
SET client_min_messages = warning;
\getenv source PG_ABS_SRCDIR
\set fingerprint :source '/test/lib/catalog_fingerprint.sql'
\set ECHO none
\i :fingerprint
\set ECHO all
CREATE TEMP TABLE newest AS SELECT * FROM pg_temp.catalog_fingerprint('analytics');
ALTER EXTENSION analytics UPDATE TO '1.0';
CREATE TEMP TABLE "1.0" AS SELECT * FROM pg_temp.catalog_fingerprint('analytics');
ALTER EXTENSION analytics UPDATE TO '1.1';
CREATE TEMP TABLE "1.1" AS SELECT * FROM pg_temp.catalog_fingerprint('analytics');

SELECT side, object, regexp_replace(value, '"noted_by": [0-9]+', '"noted_by": this') AS value FROM pg_temp.fingerprint_differences('"1.0"', '"1.1"')
WHERE class IN ('comment', 'definition', 'held by dumps', 'row') OR property IN ('extversion', 'indisvalid');

SELECT extversion FROM pg_extension WHERE extname = 'analytics';
SELECT * FROM pg_temp.fingerprint_differences('"1.1"', 'newest');
