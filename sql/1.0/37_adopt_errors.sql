----------------------------------------------------------------------
-- Moving in: which crawl errors of the old service a worker has recorded, too
--
-- There is no key that both know: an error is the same if it is of the same
-- item and code of the same job, and the old service has recorded it after
-- the event was published.  Each record of ours stands for one of the old
-- service's, so that those of earlier crawls stay.
--
-- What may match is gathered once for a phase, in a temporary table of the
-- session, and looked up there by a hash: crawl_errors is read once, and not
-- once for each chunk, and its writers pay for no index.
----------------------------------------------------------------------

/*
 * Only adopted rows are in it, so it costs a worker nothing.  They are not in
 * the order of their ids, as those of workers are.
 */
CREATE INDEX crawl_errors_adopted_idx ON analytics.crawl_errors (created_at) WHERE item_index < 0;
COMMENT ON INDEX analytics.crawl_errors_adopted_idx IS 'adopted crawl errors by age, for retention';

CREATE FUNCTION analytics.adoption_gathering(OUT make text, OUT fill text, OUT finish text) RETURNS record
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'CREATE TEMPORARY TABLE analytics_own_errors (number bigint PRIMARY KEY, twin bytea NOT NULL, since timestamptz NOT NULL)',
	/*
	 * $1 and $2 are schema and table of the source, whose own rows cannot be
	 * twins of it; those that were adopted when the table had another name are,
	 * of the row with the same key and time.  An event without a time of its
	 * own was published a day before its errors were recorded, at most.
	 */
	'INSERT INTO pg_temp.analytics_own_errors (number, twin, since)'
	' SELECT e.id, CASE WHEN e.item_index < 0'
	' THEN sha256(textsend(ROW(e.job_id, e.content_id, e.error_code, e.created_at, regexp_replace(e.event_id, ''^.*:'', ''''))::text))'
	' ELSE sha256(textsend(ROW(e.job_id, e.content_id, e.error_code)::text)) END,'
	' CASE WHEN e.item_index < 0 THEN ''-infinity'' ELSE coalesce(b.published - interval ''5 minutes'', e.created_at - interval ''1 day'') END'
	' FROM analytics.crawl_errors AS e LEFT JOIN (SELECT l.event_id, min(l.event_time) AS published FROM analytics.batches AS l'
	' WHERE l.event_time < l.received_at GROUP BY l.event_id) AS b ON b.event_id = e.event_id'
	' WHERE NOT (e.item_index < 0 AND starts_with(e.event_id, ''adopted:'' || $1 || ''.'' || $2 || '':''))',
	'CREATE INDEX ON pg_temp.analytics_own_errors (twin, since, number)'
$function$;
COMMENT ON FUNCTION analytics.adoption_gathering() IS
'internal: the statements with which adopt() gathers the crawl errors that rows of the old service may be the same as';

/*
 * Of the rows in `entrant` those that are here already, as `known`.  Of each
 * kind the rows and our records are gone through by their times, and a row
 * meets the latest record that is not later and has met none.  `balance`
 * counts the records less the rows so far: a row that brings it to a new low
 * below zero finds none, and a record is met when it falls below where the
 * record has brought it.  A record that was met is used up.
 *
 * What a row may meet is whatever is not later.  So to take the latest leaves
 * the most to others, and rows that find a record each in one order, in chunks
 * of one size, do so in every other.  OFFSET has the records looked up by
 * their index, kind by kind.
 */
CREATE FUNCTION analytics.adoption_meeting() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'keyed AS MATERIALIZED (SELECT n.event_id, n.created_at, sha256(textsend(ROW(n.job_id, n.content_id, n.error_code)::text)) AS twin,'
	' sha256(textsend(ROW(n.job_id, n.content_id, n.error_code, n.created_at, regexp_replace(n.source_key, ''^.*:'', ''''))::text)) AS same_row FROM entrant AS n),'
	' renamed AS MATERIALIZED (SELECT k.event_id FROM keyed AS k WHERE k.same_row IN'
	' (SELECT o.twin FROM pg_temp.analytics_own_errors AS o WHERE o.twin = ANY (ARRAY(SELECT l.same_row FROM keyed AS l)))),'
	' comer AS MATERIALIZED (SELECT k.event_id, k.created_at, k.twin FROM keyed AS k WHERE k.event_id NOT IN (SELECT r.event_id FROM renamed AS r)),'
	' stock AS MATERIALIZED (SELECT o.number, o.twin, o.since FROM (SELECT c.twin, max(c.created_at) AS latest FROM comer AS c GROUP BY c.twin) AS w CROSS JOIN LATERAL'
	' (SELECT s.number, s.twin, s.since FROM pg_temp.analytics_own_errors AS s WHERE s.twin = w.twin AND s.since <= w.latest OFFSET 0) AS o),'
	' meeting AS (SELECT x.*, sum(x.step) OVER (PARTITION BY x.twin ORDER BY x.at, x.step DESC, x.event_id, x.number ROWS UNBOUNDED PRECEDING) AS balance'
	' FROM (SELECT s.twin, s.since AS at, 1 AS step, NULL::text AS event_id, s.number FROM stock AS s'
	' UNION ALL SELECT c.twin, c.created_at, -1, c.event_id, NULL FROM comer AS c WHERE c.twin IN (SELECT s.twin FROM stock AS s)) AS x),'
	' placed AS MATERIALIZED (SELECT m.*,'
	' coalesce(min(m.balance) OVER (PARTITION BY m.twin ORDER BY m.at, m.step DESC, m.event_id, m.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS lowest,'
	' min(m.balance) OVER (PARTITION BY m.twin ORDER BY m.at, m.step DESC, m.event_id, m.number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS falls_to FROM meeting AS m),'
	' used AS (DELETE FROM pg_temp.analytics_own_errors AS o WHERE o.number = ANY (ARRAY(SELECT p.number FROM placed AS p WHERE p.step > 0 AND p.falls_to < p.balance))),'
	' known AS MATERIALIZED (SELECT r.event_id FROM renamed AS r UNION ALL SELECT p.event_id FROM placed AS p WHERE p.step < 0 AND p.balance >= least(p.lowest, 0))'
$function$;
COMMENT ON FUNCTION analytics.adoption_meeting() IS
'internal: the part of adopt()''s statements that finds the crawl errors which are here already';
