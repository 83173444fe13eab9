----------------------------------------------------------------------
-- Statistics of what the views of metrics join
--
-- Autovacuum never looks at tables as small as these, and of a table that
-- nobody has looked at a thousand rows are expected.
----------------------------------------------------------------------

ANALYZE analytics.platforms, analytics.error_codes;
