-- What became of bodies that were sent, for a file of them (:'bodies', bytea),
-- as lines NAME=NUMBER.  What must become of one is said by PostgreSQL's own JSON and
-- by section 2 of the contract.  :'shared' is the one object that is there.

CREATE TEMP TABLE sent (body bytea NOT NULL);
COPY sent FROM :'bodies';
CREATE TEMP TABLE body AS SELECT body, count(*) AS copies FROM sent GROUP BY 1;

-- A string of 1 to MOST bytes?
CREATE FUNCTION pg_temp.is_string(value json, most integer) RETURNS boolean LANGUAGE sql AS
$$ SELECT coalesce(json_typeof(value) = 'string' AND octet_length(value #>> '{}') BETWEEN 1 AND most, false) $$;

-- "invalid", "not json" (but items may be wrong by themselves), "items N", "path P" or "unknown".
CREATE FUNCTION pg_temp.verdict(body bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	bytes text;
	event json;
	payload json;
	has_path boolean;
	has_items boolean;
BEGIN
	BEGIN
		bytes := ltrim(convert_from(body, 'UTF8'), U&'\FEFF');
		event := bytes::json;
	EXCEPTION WHEN OTHERS THEN RETURN 'not json';
	END;
	IF json_typeof(event) <> 'object' THEN RETURN 'invalid'; END IF;
	-- what is very deep, or begins with more than one mark, is for others to judge
	IF length(bytes) - length(translate(bytes, '[{', '')) > 100 OR body LIKE '\xefbbbfefbbbf'::bytea || '%'::bytea THEN RETURN 'unknown'; END IF;
	payload := event -> 'payload';
	IF NOT coalesce(json_typeof(payload) = 'object', false) THEN RETURN 'invalid'; END IF;
	IF NOT pg_temp.is_string(event -> 'event_id', 200) OR NOT pg_temp.is_string(payload -> 'job_id', 200)
		OR NOT pg_temp.is_string(payload -> 'platform', 100)
		OR coalesce(json_typeof(event -> 'event_type'), 'null') <> 'null' AND (event -> 'event_type')::text <> '"data.collected"'
		OR coalesce(json_typeof(event -> 'timestamp'), 'null') NOT IN ('null', 'string')
		OR NOT coalesce((payload -> 'content_count')::text ~ '^(0|[1-9][0-9]*)$', false)
		OR coalesce(json_typeof(payload -> 'project_id'), 'null') <> 'null' AND (payload -> 'project_id')::text <> '""'
			AND NOT pg_temp.is_string(payload -> 'project_id', 200) THEN
		RETURN 'invalid';
	END IF;
	has_path := coalesce(json_typeof(payload -> 'minio_path'), 'null') <> 'null';
	has_items := coalesce(json_typeof(payload -> 'items'), 'null') <> 'null';
	IF has_path = has_items OR has_items AND json_typeof(payload -> 'items') <> 'array' THEN RETURN 'invalid'; END IF;
	IF has_path AND NOT (pg_temp.is_string(payload -> 'minio_path', 2000) AND payload ->> 'minio_path' ~ '^[^/]+/.') THEN RETURN 'invalid'; END IF;
	-- other times, and numbers that are too large, may be one or the other
	IF coalesce(event ->> 'timestamp', '') NOT IN ('', '2025-12-06T10:30:00.000Z') OR length(payload ->> 'content_count') > 18 THEN RETURN 'unknown'; END IF;
	IF event ->> 'timestamp' = '' THEN RETURN 'invalid'; END IF;
	IF has_path THEN RETURN 'path ' || (payload ->> 'minio_path'); END IF;
	RETURN 'items ' || json_array_length(payload -> 'items');
EXCEPTION WHEN untranslatable_character OR invalid_text_representation OR invalid_parameter_value THEN
	RETURN 'unknown';    -- \u0000 and halves of pairs, somewhere
END $$;

CREATE TEMP TABLE outcome AS
SELECT b.body, b.copies, pg_temp.verdict(b.body) AS verdict, coalesce(r.count, 0) AS batches, coalesce(l.count, 0) AS letters,
	r.actual_count, r.error_count, r.announced_count, l.deliveries, l.reasons, l.event_id
FROM body AS b
LEFT JOIN (SELECT event_body, count(*), min(actual_count) AS actual_count, min(error_count) AS error_count, min(announced_count) AS announced_count
	FROM analytics.batches GROUP BY 1) AS r ON r.event_body = b.body
LEFT JOIN (SELECT body, count(*), sum(deliveries) AS deliveries, array_agg(reason) AS reasons, min(event_id) AS event_id
	FROM analytics.dead_letters GROUP BY 1) AS l USING (body);

-- Two events that came to the same id are a conflict, whatever else they are.
CREATE TEMP TABLE wrong AS
SELECT * FROM outcome
WHERE batches + letters = 1
AND NOT coalesce('{KEY_CONFLICT}' = reasons AND event_id IN (SELECT event_id FROM analytics.batches), false)
AND NOT CASE split_part(verdict, ' ', 1)
	WHEN 'invalid' THEN letters = 1 AND reasons = '{INVALID_EVENT}'
	WHEN 'not' THEN batches = 1 AND error_count > 0 OR letters = 1 AND reasons <@ '{INVALID_EVENT,INVALID_BATCH}'
	WHEN 'items' THEN batches = 1 AND actual_count = split_part(verdict, ' ', 2)::integer
	WHEN 'path' THEN CASE verdict WHEN 'path ' || :'shared' THEN batches = 1 AND actual_count = 1
		ELSE letters = 1 AND reasons <@ '{OBJECT_NOT_FOUND,FORBIDDEN_BUCKET,OBJECT_REFUSED}' END
	WHEN 'unknown' THEN true
END;

SELECT 'batches=' || sum(batches) FROM outcome;
SELECT 'letters=' || sum(letters) FROM outcome;
SELECT 'known=' || count(*) FROM outcome WHERE verdict <> 'unknown';
SELECT 'lost=' || count(*) FROM outcome WHERE batches + letters = 0;
SELECT 'twice=' || count(*) FROM outcome WHERE batches + letters > 1;
SELECT 'uncounted=' || count(*) FROM outcome WHERE letters = 1 AND deliveries <> copies;
SELECT 'strangers=' || (SELECT count(*) FROM analytics.batches) + (SELECT count(*) FROM analytics.dead_letters) - sum(batches + letters) FROM outcome;
SELECT 'wrong=' || count(*) FROM wrong;
SELECT 'reasonless=' || count(*) FROM analytics.dead_letters
WHERE message = '' OR reason NOT IN ('INVALID_EVENT', 'INVALID_BATCH', 'OBJECT_NOT_FOUND', 'FORBIDDEN_BUCKET', 'OBJECT_REFUSED', 'KEY_CONFLICT', 'TOO_MANY_ITEMS');
-- Nearly every event has a project of its own, so hardly a post is of two; those that lost to another crawl show in no batch.
SELECT 'rows_wrong=' || count(*) FROM analytics.batches AS b
WHERE (SELECT count(*) FROM analytics.crawl_errors AS e WHERE e.event_id = b.event_id) <> b.error_count
OR (SELECT count(*) FROM analytics.post_analytics AS p WHERE p.event_id = b.event_id) <> b.success_count - b.skipped_count
	AND NOT EXISTS (SELECT FROM analytics.batches AS o WHERE o.project_id IS NOT DISTINCT FROM b.project_id AND o.event_id <> b.event_id);
SELECT 'what ' || verdict, count(*), sum(batches), sum(letters), array_agg(DISTINCT reasons::text) FROM (SELECT regexp_replace(verdict, '^path .*that-is.*', 'path that is not there') AS verdict, batches, letters, reasons FROM outcome) AS o GROUP BY 1 ORDER BY 2 DESC LIMIT 20;
SELECT 'wrong ' || verdict, batches, actual_count, error_count, letters, reasons, left(encode(body, 'escape'), 600) FROM wrong LIMIT 10;
SELECT 'lost or twice ' || verdict, batches, letters, reasons, left(encode(body, 'escape'), 600) FROM outcome WHERE batches + letters <> 1 LIMIT 10;
