-- What became of objects, for a file of them (:'objects'): event_id, fate, items and posts
-- where they are known, and the text where the fate is to be read from it (json), by
-- PostgreSQL's own JSON and section 3 of the contract.  :limit is how many bytes may be decoded.
-- The answer is lines NAME=NUMBER.

CREATE TEMP TABLE sent (event_id text PRIMARY KEY, fate text NOT NULL, items integer, posts integer, object bytea NOT NULL);
COPY sent FROM :'objects';

-- The items and, where it can be told, the posts among them.
CREATE FUNCTION pg_temp.read_batch(object bytea, OUT fate text, OUT items integer, OUT posts integer) LANGUAGE plpgsql AS $$
DECLARE
	batch json;
	bytes text;
BEGIN
	fate := 'not json';
	BEGIN
		bytes := convert_from(CASE WHEN substr(object, 1, 3) = '\xefbbbf' THEN substr(object, 4) ELSE object END, 'UTF8');
		batch := bytes::json;
	EXCEPTION WHEN OTHERS THEN RETURN;
	END;
	fate := 'INVALID_BATCH';
	IF json_typeof(batch) NOT IN ('array', 'object') THEN RETURN; END IF;
	fate := 'batch';
	BEGIN
		IF json_typeof(batch) = 'object' AND coalesce(json_typeof(batch -> 'meta'), 'null') = 'null' AND json_typeof(batch -> 'items') = 'array' THEN
			batch := batch -> 'items';
		ELSIF json_typeof(batch) = 'object' THEN
			batch := json_build_array(batch);
		END IF;
		items := json_array_length(batch);
		-- the limits of an item, which PostgreSQL does not have
		IF bytes ~* '\\u0000|\\ud[89a-f]|[0-9]{101}|e[+-]?[0-9]{3}|(\[\s*){100}|(\{"a":){100}' THEN RETURN; END IF;
		SELECT count(*) INTO posts FROM json_array_elements(batch) AS i
		WHERE json_typeof(i) = 'object' AND json_typeof(i -> 'meta') = 'object'
		AND json_typeof(i #> '{meta,id}') IN ('string', 'number') AND octet_length(i #>> '{meta,id}') BETWEEN 1 AND 512
		AND CASE coalesce(json_typeof(i #> '{meta,fetch_status}'), 'null')
			WHEN 'null' THEN true WHEN 'string' THEN i #>> '{meta,fetch_status}' = 'success' ELSE false END;
	EXCEPTION WHEN OTHERS THEN
		fate := 'any';
	END;
END $$;

UPDATE sent SET (fate, items, posts) = (SELECT r.fate, r.items, r.posts FROM pg_temp.read_batch(object) AS r)
WHERE fate = 'json' AND length(object) <= :limit;

CREATE TEMP TABLE outcome AS
SELECT s.*, coalesce(b.count, 0) AS batches, coalesce(l.count, 0) AS letters, b.actual_count, b.success_count, b.error_count, l.reasons
FROM sent AS s
LEFT JOIN (SELECT event_id, count(*), min(actual_count) AS actual_count, min(success_count) AS success_count, min(error_count) AS error_count
	FROM analytics.batches GROUP BY 1) AS b USING (event_id)
LEFT JOIN (SELECT event_id, count(*), array_agg(reason) AS reasons FROM analytics.dead_letters GROUP BY 1) AS l USING (event_id);

CREATE TEMP TABLE wrong AS
SELECT * FROM outcome
WHERE batches + letters = 1 AND NOT CASE
	WHEN fate = 'good' AND reasons = '{BATCH_TOO_LARGE}' THEN items > 30    -- one of 4 kB each
	WHEN fate IN ('good', 'batch') THEN batches = 1 AND actual_count = coalesce(items, actual_count) AND success_count = coalesce(posts, success_count)
	WHEN fate = 'not json' THEN batches = 1 AND error_count > 0 OR letters = 1 AND reasons = '{INVALID_BATCH}'
	WHEN fate IN ('json', 'any') THEN true    -- larger than may be decoded, but not compressed
	ELSE letters = 1 AND fate = ANY (reasons)
END;

SELECT 'batches=' || sum(batches) FROM outcome;
SELECT 'letters=' || sum(letters) FROM outcome;
SELECT 'bombs=' || count(*) FROM outcome WHERE reasons = '{BATCH_TOO_LARGE}';
SELECT 'known=' || count(*) FROM outcome WHERE fate NOT IN ('json', 'any');
SELECT 'lost=' || count(*) FROM outcome WHERE batches + letters = 0;
SELECT 'twice=' || count(*) FROM outcome WHERE batches + letters > 1;
SELECT 'wrong=' || count(*) FROM wrong;
SELECT 'reasonless=' || count(*) FROM analytics.dead_letters WHERE message = '' OR reason NOT IN ('INVALID_BATCH', 'BATCH_TOO_LARGE', 'TOO_MANY_ITEMS');
SELECT 'unaccounted=' || count(*) FROM analytics.batches AS b
WHERE success_count + error_count <> actual_count
OR (SELECT count(*) FROM analytics.crawl_errors AS e WHERE e.event_id = b.event_id) <> error_count
OR (SELECT count(*) FROM analytics.post_analytics AS p WHERE p.event_id = b.event_id) <> success_count - skipped_count;
SELECT 'what ' || fate, count(*), sum(batches), sum(letters), array_agg(DISTINCT reasons::text), sum(items), sum(actual_count), sum(success_count) FROM outcome GROUP BY 1 ORDER BY 2 DESC;
SELECT 'wrong ' || fate, event_id, items, posts, batches, actual_count, success_count, error_count, letters, reasons, left(encode(object, 'escape'), 400) FROM wrong LIMIT 10;
