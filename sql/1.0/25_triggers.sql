----------------------------------------------------------------------
-- Triggers
----------------------------------------------------------------------

CREATE FUNCTION analytics.consumer_check() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_check';
COMMENT ON FUNCTION analytics.consumer_check() IS
'internal: checks a row of consumers, and that the caller may act as its role';

CREATE FUNCTION analytics.consumer_events() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_events';
COMMENT ON FUNCTION analytics.consumer_events() IS
'internal: warns of events in the local queue that a dropped consumer leaves behind, and forgets its progress';

CREATE FUNCTION analytics.consumer_rights() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_rights';
COMMENT ON FUNCTION analytics.consumer_rights() IS
'internal: gives the role of a consumer what its workers need, and takes it back with the last consumer of the role';

CREATE FUNCTION analytics.config_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_config_changed';
COMMENT ON FUNCTION analytics.config_changed() IS
'internal: lets the supervisor and the workers read consumers again';

CREATE FUNCTION analytics.queue_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_queue_changed';
COMMENT ON FUNCTION analytics.queue_changed() IS
'internal: lets the workers look into local_queue';

CREATE TRIGGER consumer_check BEFORE INSERT OR UPDATE OR DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_check();
COMMENT ON TRIGGER consumer_check ON analytics.consumers IS 'checks every row that is written, and who deletes one';
CREATE TRIGGER consumer_events AFTER INSERT OR DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_events();
COMMENT ON TRIGGER consumer_events ON analytics.consumers IS 'warns of events that nobody takes any more, and keeps the progress of one consumer from another of its name';
/* Not when it is paused, resumed or restarted: that changes no rights, and waits for nobody who does. */
CREATE TRIGGER consumer_rights AFTER INSERT OR UPDATE OF role OR DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_rights();
COMMENT ON TRIGGER consumer_rights ON analytics.consumers IS 'gives and takes the rights of the consumer''s role';
/* The role may not have been there when the consumer was restored. */
CREATE TRIGGER consumer_rights_restored AFTER UPDATE OF paused ON analytics.consumers
	FOR EACH ROW WHEN (OLD.paused AND NOT NEW.paused AND OLD.pause_reason = 'restored from a dump') EXECUTE FUNCTION analytics.consumer_rights();
COMMENT ON TRIGGER consumer_rights_restored ON analytics.consumers IS 'gives the role its rights when a restored consumer is resumed';
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON analytics.consumers
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.config_changed();
COMMENT ON TRIGGER config_changed ON analytics.consumers IS 'tells running processes';

CREATE TRIGGER queue_changed AFTER INSERT OR UPDATE OF consumer ON analytics.local_queue
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.queue_changed();
COMMENT ON TRIGGER queue_changed ON analytics.local_queue IS 'tells running workers';
