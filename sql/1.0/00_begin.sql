/* sql/analytics--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION analytics" to load this file. \quit

/*
 * The files of this folder, one behind the other in the order of their names,
 * are the install script.  First the tables, functions and views, then the
 * shipped rules, and behind these what would look at each of their rows; at
 * the end, what dumps hold, and privileges.  Nothing is granted to PUBLIC.
 */

CREATE FUNCTION analytics.check_environment() RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'analytics_check_environment';
COMMENT ON FUNCTION analytics.check_environment() IS
'raises unless this database can hold the extension: its encoding is UTF8, and nobody else has a hand in the schema';
SELECT analytics.check_environment();
