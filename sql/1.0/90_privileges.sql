----------------------------------------------------------------------
-- Privileges
--
-- Functions are the owner's until granted; monitoring may read the views of
-- its concern.  A view's functions are called with the reader's own rights.
-- What the roles of consumers get is in the trigger consumer_rights.
----------------------------------------------------------------------

REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA analytics FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA analytics FROM PUBLIC;
GRANT USAGE ON SCHEMA analytics TO pg_monitor;
GRANT EXECUTE ON FUNCTION
	analytics.worker_reports(),
	analytics.supervisor_report(),
	analytics.recent_work(integer),
	analytics.histogram_bounds()
TO pg_monitor;
GRANT SELECT ON
	analytics.stat_worker,
	analytics.status,
	analytics.rule_sets,
	analytics.metric_batch_size_mismatch,
	analytics.metric_batch_processing,
	analytics.metric_batch_processing_duration,
	analytics.metric_items_processed,
	analytics.metric_processing_errors,
	analytics.metric_events,
	analytics.metric_duplicates_skipped,
	analytics.metric_redeliveries,
	analytics.metric_dead_letters,
	analytics.metric_active_batches,
	analytics.metric_rabbitmq_connection,
	analytics.metric_scorer_failures,
	analytics.metric_replays,
	analytics.metric_retention
TO pg_monitor;
