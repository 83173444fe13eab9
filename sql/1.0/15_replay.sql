----------------------------------------------------------------------
-- Dead letters and replay
----------------------------------------------------------------------

CREATE TABLE analytics.dead_letter_history (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	dead_letter bigint NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	changed_at timestamptz NOT NULL,
	changed_by text NOT NULL,
	note text
);
CREATE INDEX dead_letter_history_dead_letter_idx ON analytics.dead_letter_history (dead_letter);
COMMENT ON INDEX analytics.dead_letter_history_dead_letter_idx IS 'the history of a dead letter';
CREATE INDEX dead_letter_history_changed_at_idx ON analytics.dead_letter_history (changed_at);
COMMENT ON INDEX analytics.dead_letter_history_changed_at_idx IS 'what retention deletes next';
COMMENT ON TABLE analytics.dead_letter_history IS
'every change of state of a dead letter: when, by whom, and why; retention deletes it after the dead letter, and it stays where that is deleted by hand';
COMMENT ON SEQUENCE analytics.dead_letter_history_id_seq IS 'numbers dead_letter_history';

CREATE TABLE analytics.batch_replays (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	key text NOT NULL,
	requested_at timestamptz NOT NULL,
	requested_by text NOT NULL,
	replayed_at timestamptz NOT NULL,
	consumer text,
	worker text NOT NULL,
	previous_completed_at timestamptz NOT NULL,
	previous_success_count integer NOT NULL,
	previous_error_count integer NOT NULL,
	previous_skipped_count integer NOT NULL
);
CREATE INDEX batch_replays_key_idx ON analytics.batch_replays (key);
COMMENT ON INDEX analytics.batch_replays_key_idx IS 'the replays of a batch';
COMMENT ON TABLE analytics.batch_replays IS
'batches that were processed again: who asked, when, and what the ledger had said of the run that was replaced; it goes with the row of batches';
COMMENT ON SEQUENCE analytics.batch_replays_id_seq IS 'numbers batch_replays';

CREATE FUNCTION analytics.dead_letter_state() RETURNS trigger
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_dead_letter_state';
COMMENT ON FUNCTION analytics.dead_letter_state() IS
'internal: records a change of state of a dead letter, and refuses one that makes no sense';

CREATE TRIGGER dead_letter_state BEFORE UPDATE OF state ON analytics.dead_letters
	FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION analytics.dead_letter_state();
COMMENT ON TRIGGER dead_letter_state ON analytics.dead_letters IS 'keeps dead_letter_history';

CREATE FUNCTION analytics.replay(id bigint, consumer text DEFAULT NULL) RETURNS bigint
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_replay';
COMMENT ON FUNCTION analytics.replay(bigint, text) IS
'queue a pending dead letter again, for its consumer, another, or (empty) any; returns its id in local_queue. If it fails again it is pending again';

CREATE FUNCTION analytics.replay_all(reason text DEFAULT NULL, since timestamptz DEFAULT NULL, consumer text DEFAULT NULL) RETURNS bigint
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_replay_all';
COMMENT ON FUNCTION analytics.replay_all(text, timestamptz, text) IS
'queue all pending dead letters again, or those of this reason, that came since then, of this consumer; returns their number';

CREATE FUNCTION analytics.discard(id bigint, note text) RETURNS void
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_discard';
COMMENT ON FUNCTION analytics.discard(bigint, text) IS
'give a pending dead letter up, and say why';

CREATE FUNCTION analytics.replay_batch(event_key text, event text DEFAULT NULL, consumer text DEFAULT NULL) RETURNS bigint
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_replay_batch';
COMMENT ON FUNCTION analytics.replay_batch(text, text, text) IS
'queue a processed event again, by its key in batches, so that its batch is fetched and processed anew and takes the place of what it wrote; returns its id in local_queue. event: its body, where batches does not hold it';
