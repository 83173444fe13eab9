----------------------------------------------------------------------
-- Moving in from the Python service: what is noted of it
--
-- The procedures are in src/sql/adopt*.c: they commit after each chunk, so
-- what is to be done when is theirs.  What is done to a row is in the
-- statements of 37_adopt_statements.sql.
----------------------------------------------------------------------

CREATE TABLE analytics.adoptions (
	source_schema text NOT NULL,
	source_table text NOT NULL,
	pass integer NOT NULL,
	target text NOT NULL,
	phase text NOT NULL DEFAULT 'copy',
	position text,
	last_key text,
	total_estimate bigint NOT NULL,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	started_by name NOT NULL DEFAULT current_user,
	backend_pid integer,
	backend_start timestamptz,
	worked_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	copied_at timestamptz,
	finished_at timestamptz,
	seconds double precision NOT NULL DEFAULT 0,
	rows_read bigint NOT NULL DEFAULT 0,
	copied bigint NOT NULL DEFAULT 0,
	replaced bigint NOT NULL DEFAULT 0,
	unchanged bigint NOT NULL DEFAULT 0,
	kept_newer bigint NOT NULL DEFAULT 0,
	expired bigint NOT NULL DEFAULT 0,
	rejected bigint NOT NULL DEFAULT 0,
	filled bigint NOT NULL DEFAULT 0,
	verify_seconds double precision NOT NULL DEFAULT 0,
	verify_read bigint NOT NULL DEFAULT 0,
	verify_same bigint NOT NULL DEFAULT 0,
	verify_newer bigint NOT NULL DEFAULT 0,
	verify_expired bigint NOT NULL DEFAULT 0,
	verify_rejected bigint NOT NULL DEFAULT 0,
	verify_missing bigint NOT NULL DEFAULT 0,
	verify_different bigint NOT NULL DEFAULT 0,
	verify_gone bigint NOT NULL DEFAULT 0,
	source_checksum numeric NOT NULL DEFAULT 0,
	stored_checksum numeric NOT NULL DEFAULT 0,
	differing_keys text[] NOT NULL DEFAULT '{}',
	PRIMARY KEY (source_schema, source_table, pass),
	CONSTRAINT adoptions_phase CHECK (phase IN ('copy', 'verify', 'done')),
	CONSTRAINT adoptions_nothing_lost CHECK (copied + replaced + unchanged + kept_newer + expired + rejected = rows_read),
	CONSTRAINT adoptions_all_verified CHECK
		(verify_same + verify_newer + verify_expired + verify_rejected + verify_missing + verify_different = verify_read)
);
COMMENT ON TABLE analytics.adoptions IS
'each pass of adopt() over a table of the old service: how far it is, what became of the rows that it read, and what the comparison at its end has found; read it through stat_adoption';
COMMENT ON COLUMN analytics.adoptions.target IS 'table of ours that the rows go to';
COMMENT ON COLUMN analytics.adoptions.phase IS 'copy, then verify, then done';
COMMENT ON COLUMN analytics.adoptions.position IS 'key (id, as text) up to which the phase is done; NULL: at its start';
COMMENT ON COLUMN analytics.adoptions.last_key IS 'greatest key when the phase began, where it ends; what comes behind is for the next pass';
COMMENT ON COLUMN analytics.adoptions.total_estimate IS 'rows of the source when the pass began, by its statistics if there are any';
COMMENT ON COLUMN analytics.adoptions.backend_pid IS 'session that works on it, or did last';
COMMENT ON COLUMN analytics.adoptions.backend_start IS 'when that session began: a process number may come again';
COMMENT ON COLUMN analytics.adoptions.worked_at IS 'last commit';
COMMENT ON COLUMN analytics.adoptions.seconds IS 'time spent copying, without what lay between sessions';
COMMENT ON COLUMN analytics.adoptions.copied IS 'rows that were new here';
COMMENT ON COLUMN analytics.adoptions.replaced IS 'rows that took the place of an older crawl of the post, or of what an earlier pass had taken';
COMMENT ON COLUMN analytics.adoptions.unchanged IS 'rows that an earlier pass has taken as they are';
COMMENT ON COLUMN analytics.adoptions.kept_newer IS 'rows not taken since a newer crawl of the post, or our own record of the same error, is here; also the older of two rows of a source without a unique key';
COMMENT ON COLUMN analytics.adoptions.expired IS 'crawl errors older than retention.crawl_errors_days, which would be deleted at once';
COMMENT ON COLUMN analytics.adoptions.rejected IS 'rows that cannot be taken: each is in adoption_rejects with its reason';
COMMENT ON COLUMN analytics.adoptions.filled IS 'rows taken in which a NULL became the value that docs/migrating-from-the-python-service.md names';
COMMENT ON COLUMN analytics.adoptions.verify_missing IS 'rows of the source, counted by themselves, for which neither a row here nor a reason was found: new since the pass, or lost';
COMMENT ON COLUMN analytics.adoptions.verify_different IS 'rows that are here with other values: changed there since the pass, or here';
COMMENT ON COLUMN analytics.adoptions.verify_gone IS 'rows that are here by adoption and that the source does not have any more, or not for that project: deleted or changed there, or taken from another table. Told of crawl errors, and of posts whose ids are text in the database''s collation';
COMMENT ON COLUMN analytics.adoptions.source_checksum IS 'sum of a hash over the columns of each row that should be here by adoption, as the source has it; equal values have equal hashes';
COMMENT ON COLUMN analytics.adoptions.stored_checksum IS 'the same of the rows that are here, as they are';
COMMENT ON COLUMN analytics.adoptions.differing_keys IS 'keys of the first ten that are missing or different';
SELECT pg_catalog.pg_extension_config_dump('analytics.adoptions', '');

CREATE TABLE analytics.adoption_rejects (
	number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_schema text NOT NULL,
	source_table text NOT NULL,
	pass integer NOT NULL,
	source_key text,
	sqlstate text NOT NULL,
	reason text NOT NULL,
	source_row json NOT NULL,
	rejected_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE analytics.adoption_rejects IS
'rows that adopt() could not take, whole, each with the reason; those of the newest pass, which replace those of the one before when it has read all. It holds what the old service stored of people''s posts, so nobody but the owner reads it until granted';
COMMENT ON COLUMN analytics.adoption_rejects.source_key IS 'id of the row, as text';
COMMENT ON COLUMN analytics.adoption_rejects.source_row IS 'the row as it was there, or only its id where it cannot be read; json and not jsonb, which cannot hold everything';
COMMENT ON SEQUENCE analytics.adoption_rejects_number_seq IS 'numbers adoption_rejects';
CREATE INDEX adoption_rejects_source_idx ON analytics.adoption_rejects (source_schema, source_table, source_key);
COMMENT ON INDEX analytics.adoption_rejects_source_idx IS 'what was refused of a table';
SELECT pg_catalog.pg_extension_config_dump('analytics.adoption_rejects', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.adoption_rejects_number_seq', '');

/*
 * A session that has ended, or is about something else (as the one that asks
 * is), works on nothing: the next CALL goes on where it stopped.
 */
CREATE VIEW analytics.stat_adoption AS
SELECT a.source_schema, a.source_table, a.target, a.pass,
	CASE WHEN a.phase = 'done' THEN CASE WHEN result.verified THEN 'verified' ELSE 'differs' END
		WHEN session.is_working THEN CASE a.phase WHEN 'copy' THEN 'copying' ELSE 'verifying' END
		ELSE 'interrupted' END AS state,
	progress.done, progress.total,
	CASE WHEN a.phase = 'done' THEN 100.0
		ELSE pg_catalog.round(100.0 * progress.done / nullif(progress.total, 0), 1) END AS percent,
	pg_catalog.round(rate.per_second::numeric, 1) AS per_second,
	CASE WHEN a.phase <> 'done' AND session.is_working AND rate.per_second > 0
		THEN pg_catalog.make_interval(secs => pg_catalog.ceil((progress.total - progress.done) / rate.per_second)) END AS eta,
	a.rows_read, a.copied, a.replaced, a.unchanged, a.kept_newer, a.expired, a.rejected, a.filled,
	a.verify_read, a.verify_missing AS missing, a.verify_different AS different, CASE WHEN a.phase = 'done' THEN a.verify_gone END AS gone,
	a.source_checksum, a.stored_checksum,
	a.started_at, a.worked_at, a.finished_at, a.started_by, CASE WHEN session.is_working THEN a.backend_pid END AS pid
FROM analytics.adoptions AS a
CROSS JOIN LATERAL (
	SELECT a.verify_missing = 0 AND a.verify_different = 0 AND a.source_checksum = a.stored_checksum AS verified
) AS result
CROSS JOIN LATERAL (
	SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS s
		WHERE s.pid = a.backend_pid AND s.pid <> pg_catalog.pg_backend_pid() AND a.phase <> 'done' AND coalesce(s.backend_start = a.backend_start AND s.state NOT LIKE 'idle%', true)) AS is_working
) AS session
CROSS JOIN LATERAL (
	SELECT w.done, greatest(a.total_estimate, w.done) AS total
	FROM (SELECT CASE a.phase WHEN 'copy' THEN a.rows_read ELSE a.verify_read END) AS w(done)
) AS progress
CROSS JOIN LATERAL (
	SELECT progress.done / nullif(CASE a.phase WHEN 'copy' THEN a.seconds ELSE a.verify_seconds END, 0) AS per_second
) AS rate
WHERE NOT EXISTS (SELECT FROM analytics.adoptions AS later
	WHERE later.source_schema = a.source_schema AND later.source_table = a.source_table AND later.pass > a.pass);
COMMENT ON VIEW analytics.stat_adoption IS
'the newest pass of adopt() over each table of the old service: how far it is, what became of the rows, and whether all is here';
COMMENT ON COLUMN analytics.stat_adoption.state IS
'copying, verifying, interrupted (CALL adopt() again, it goes on), verified (all that can be is here as it is there) or differs (see missing and different; CALL adopt() again)';
COMMENT ON COLUMN analytics.stat_adoption.done IS 'rows read in this phase, of about total';
COMMENT ON COLUMN analytics.stat_adoption.eta IS 'how long the phase takes still, at its rate so far';
COMMENT ON COLUMN analytics.stat_adoption.missing IS 'as verify_missing in adoptions';
COMMENT ON COLUMN analytics.stat_adoption.different IS 'as verify_different in adoptions';
COMMENT ON COLUMN analytics.stat_adoption.gone IS 'as verify_gone in adoptions, once all is compared; nothing is lost by it, and verified it may be all the same';
GRANT SELECT ON analytics.stat_adoption TO pg_monitor;

----------------------------------------------------------------------
-- Moving in: what is called
----------------------------------------------------------------------

/* They commit: no SET clause. */
CREATE PROCEDURE analytics.adopt(
	source_schema text,
	source_tables text[] DEFAULT '{post_analytics,crawl_errors}',
	chunk_rows integer DEFAULT 5000
)
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_adopt';
COMMENT ON PROCEDURE analytics.adopt(text, text[], integer) IS
'take the rows of the old Python service''s tables, as long as no newer crawl of a post is here, and compare; each chunk is a transaction, so that a call that was interrupted is gone on with by the next, and the old service may still write: a further call takes what is new or changed. See stat_adoption and adoption_rejects. Not inside a transaction block';

CREATE PROCEDURE analytics.verify_adoption(
	source_schema text,
	source_tables text[] DEFAULT '{post_analytics,crawl_errors}',
	chunk_rows integer DEFAULT 5000
)
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_verify_adoption';
COMMENT ON PROCEDURE analytics.verify_adoption(text, text[], integer) IS
'compare what adopt() has taken with its source once more, by rows and by a checksum over their columns; an error tells what differs, and a notice what is here and not there any more. Writes nothing but its findings. Not inside a transaction block';

CREATE FUNCTION analytics.check_adoption(
	source_schema text,
	source_tables text[] DEFAULT '{post_analytics,crawl_errors}',
	read_rows boolean DEFAULT true
) RETURNS TABLE (source_table text, subject text, status text, finding text, hint text)
LANGUAGE c VOLATILE ROWS 20 SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET row_security = off
AS 'MODULE_PATHNAME', 'analytics_check_adoption';
COMMENT ON FUNCTION analytics.check_adoption(text, text[], boolean) IS
'what adopt() would make of these tables, all findings at once: status is ok, note (so it will be), warning (rows will be refused, or it will be slow) or error (adopt() refuses to begin). With read_rows all rows are read and those that will be refused counted. Changes nothing';
