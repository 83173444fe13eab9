----------------------------------------------------------------------
-- Dropping the extension
--
-- What refuses it while there are rows is in the library; see that it is
-- loaded.  Whatever a session's replication role: it is no matter of data.
----------------------------------------------------------------------

CREATE FUNCTION analytics.load_drop_guard() RETURNS event_trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_load_drop_guard';
COMMENT ON FUNCTION analytics.load_drop_guard() IS
'internal: loads the library, which refuses to drop the extension while post_analytics holds rows';

CREATE EVENT TRIGGER analytics_drop_guard ON ddl_command_start
	WHEN TAG IN ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED')
	EXECUTE FUNCTION analytics.load_drop_guard();
ALTER EVENT TRIGGER analytics_drop_guard ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER analytics_drop_guard IS
'loads the library where it is not preloaded, so that the extension is not dropped while post_analytics holds rows';
