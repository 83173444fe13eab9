/* sql/analytics--1.1--1.0.sql */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION analytics UPDATE TO '1.0'" to load this file. \quit

-- Somebody may have dropped it: no reason to stay.
DROP INDEX IF EXISTS analytics.idx_post_analytics_project_id;
DELETE FROM analytics.shipped_objects WHERE kind = 'index' AND name = 'idx_post_analytics_project_id';
