/* sql/analytics--1.0--1.1.sql */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION analytics UPDATE TO '1.1'" to load this file. \quit

/*
 * Unless it is there and valid already: prepare_update('1.1') builds it while
 * others write.  Refused where it would keep them waiting.  The words are as
 * pg_get_indexdef() has them, and as the library must have them.
 */
SELECT analytics.complete_update('1.1',
	'CREATE INDEX idx_post_analytics_project_id ON analytics.post_analytics USING btree (project_id)');
COMMENT ON INDEX analytics.idx_post_analytics_project_id IS 'posts of a project';
INSERT INTO analytics.shipped_objects (kind, table_name, name, definition)
SELECT p.kind, p.table_name, p.name, p.definition FROM analytics.present_objects() AS p
WHERE p.kind = 'index' AND p.name = 'idx_post_analytics_project_id';
