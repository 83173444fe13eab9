--
-- For test/eval/run: what the figures are computed with.  Run once, in a new
-- database.
--

CREATE EXTENSION analytics;

-- A file as it is, line by line; the first one names the columns.
CREATE TABLE line (number bigint GENERATED ALWAYS AS IDENTITY, content text);

-- The field of this name.  A text may hold tabs: then there are more fields
-- than names, and the surplus is the text's.
CREATE FUNCTION field(names text[], fields text[], name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN p.place < p.text_place THEN fields[p.place]
		WHEN p.place > p.text_place THEN fields[p.place + p.surplus]
		ELSE array_to_string(fields[p.place : p.place + p.surplus], ' ')
	END
	FROM (
		SELECT array_position(names, name) AS place, array_position(names, 'text') AS text_place,
			greatest(cardinality(fields) - cardinality(names), 0) AS surplus
	) AS p
$$;

CREATE VIEW header AS
SELECT string_to_array(lower(translate(content, U&' \FEFF', '')), E'\t') AS names FROM line WHERE number = 1;

CREATE PROCEDURE check_header()
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM header WHERE names @> '{label,text}') THEN
		RAISE 'the first line does not name the columns "label" and "text"';
	END IF;
END
$$;

CREATE VIEW example AS
SELECT l.number, field(h.names, f.fields, 'text') AS text, upper(trim(field(h.names, f.fields, 'label'))) AS label,
	upper(trim(field(h.names, f.fields, 'aspect'))) AS aspect,
	field(h.names, f.fields, 'span_start')::integer AS span_start,
	field(h.names, f.fields, 'span_end')::integer AS span_end
FROM line AS l CROSS JOIN header AS h CROSS JOIN LATERAL string_to_array(l.content, E'\t') AS f(fields)
WHERE l.number > 1 AND l.content <> '';

CREATE FUNCTION item_of(content text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('meta', jsonb_build_object('id', '1', 'platform', 'unknown'),
		'content', jsonb_build_object('text', content))
$$;

CREATE FUNCTION label_of(score float8) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE
		WHEN score > (SELECT value FROM analytics.settings WHERE name = 'sentiment.threshold_positive') THEN 'POSITIVE'
		WHEN score < (SELECT value FROM analytics.settings WHERE name = 'sentiment.threshold_negative') THEN 'NEGATIVE'
		ELSE 'NEUTRAL'
	END
$$;

-- Is the sign of the score that of the label?  A score of 0 is wrong.
CREATE FUNCTION sign_is(label text, score float8) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE label WHEN 'POSITIVE' THEN score > 0 WHEN 'NEGATIVE' THEN score < 0 END
$$;

-- What was found out of texts and spans, by what they are called in figures:
-- "" a text, "span_" a span, "aspect_" an aspect of a text.
CREATE TABLE judgement (what text NOT NULL, label text NOT NULL, score float8 NOT NULL);

-- Our aspects that agree with an aspect of the data under another name; those
-- that are called like ours agree with these, and others with none.
CREATE TABLE aspect_names (theirs text PRIMARY KEY, ours text[] NOT NULL);
INSERT INTO aspect_names VALUES
	('DESIGN', '{DESIGN}'), ('PERFORMANCE', '{PERFORMANCE}'), ('PRICE', '{PRICE}'), ('SERVICE', '{SERVICE}'),
	('BATTERY', '{PERFORMANCE}'), ('CAMERA', '{PERFORMANCE}'), ('FEATURES', '{PERFORMANCE}'),
	('STORAGE', '{PERFORMANCE}'), ('SCREEN', '{PERFORMANCE,DESIGN}'), ('SER&ACC', '{SERVICE}');

/*
 * The figures of sentiment, for each kind of thing judged:
 *
 *	pos_neg_accuracy	of those labelled positive or negative, the share whose
 *						score has the sign of the label (0 has none)
 *	accuracy			the share whose label by the score and the two
 *						thresholds is the label
 *	f1_*, macro_f1		F1 of each label that there is, and their mean
 *	undecided			the share of scores that are 0
 */
CREATE VIEW sentiment_figure AS
WITH verdict AS MATERIALIZED (
	SELECT j.what, j.label, j.score, label_of(j.score) AS verdict FROM judgement AS j
), class AS (
	SELECT v.what, c.label,
		2.0 * count(*) FILTER (WHERE v.label = c.label AND v.verdict = c.label)
			/ nullif(count(*) FILTER (WHERE v.label = c.label) + count(*) FILTER (WHERE v.verdict = c.label), 0) AS f1
	FROM verdict AS v CROSS JOIN (VALUES ('NEGATIVE'), ('NEUTRAL'), ('POSITIVE')) AS c(label)
	GROUP BY 1, 2
), total AS (
	SELECT v.what, avg(sign_is(v.label, v.score)::integer) AS pos_neg_accuracy,
		avg((v.verdict = v.label)::integer) AS accuracy, avg((v.score = 0)::integer) AS undecided
	FROM verdict AS v
	GROUP BY 1
)
SELECT t.what, f.place, f.name, f.value
FROM total AS t CROSS JOIN LATERAL (
	SELECT 1, 'pos_neg_accuracy', t.pos_neg_accuracy
	UNION ALL
	SELECT 2, 'macro_f1', (SELECT avg(c.f1) FROM class AS c WHERE c.what = t.what)
	UNION ALL
	SELECT 3, 'accuracy', t.accuracy
	UNION ALL
	SELECT 4, 'f1_' || lower(c.label), c.f1 FROM class AS c WHERE c.what = t.what
	UNION ALL
	SELECT 5, 'undecided', t.undecided
) AS f(place, name, value)
WHERE f.value IS NOT NULL;
