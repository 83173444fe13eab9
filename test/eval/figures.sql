--
-- For test/eval/run: the figures of the file that is in the table "line", one
-- a row, as "NAME VALUE".  What those of sentiment mean is told in setup.sql.
--
-- The sentiment that is measured is the one that was scored, of noise too,
-- which is stored neutral:
--
--	pos_neg_accuracy_as_stored	the same with the score that is stored
--	noise_share					the share of texts that are noise
--
-- Of spans, each by itself and then as a part of its text:
--
--	span_*						the sentiment of the span's own text
--	aspect_known_share			of the spans of an aspect that is ours too,
--								those in which a term of any aspect occurs
--	aspect_agreement			of these, those with a term of that aspect
--	aspect_*					the aspect's sentiment in its whole text, where
--								a term of the aspect was found and the text's
--								labels of that aspect are all the same
--	aspect_found_share			of such aspects of texts, those that were found
--

CALL check_header();
SELECT bool_or('span_start' = ANY (names)) AS has_spans FROM header \gset

TRUNCATE judgement;
CREATE TEMPORARY TABLE labelled AS
SELECT e.*, CASE WHEN e.span_start IS NULL THEN e.text
	ELSE substr(e.text, e.span_start + 1, e.span_end - e.span_start) END AS judged
FROM example AS e
WHERE e.label IN ('POSITIVE', 'NEUTRAL', 'NEGATIVE') AND e.text <> '';

CREATE TEMPORARY TABLE result AS
SELECT l.*, a.scored_sentiment_score AS score, a.overall_sentiment_score AS stored_score, a.is_noise, a.matches
FROM labelled AS l CROSS JOIN LATERAL analytics.analyze(item_of(l.judged)) AS a;

INSERT INTO judgement SELECT CASE WHEN span_start IS NULL THEN '' ELSE 'span_' END, label, score FROM result;

\if :has_spans
CREATE TEMPORARY TABLE whole AS
SELECT t.text, a.aspects_breakdown
FROM (SELECT DISTINCT text FROM labelled) AS t CROSS JOIN LATERAL analytics.analyze(item_of(t.text)) AS a;

-- An aspect of a text, under our name, that is judged alike wherever it is.
CREATE TEMPORARY TABLE aspect_of_text AS
SELECT l.text, o.aspect, min(l.label) AS label, (w.aspects_breakdown -> o.aspect ->> 'score')::float8 AS score
FROM labelled AS l JOIN aspect_names AS n ON n.theirs = l.aspect
CROSS JOIN LATERAL unnest(n.ours) AS o(aspect)
JOIN whole AS w ON w.text = l.text
WHERE cardinality(n.ours) = 1
GROUP BY l.text, o.aspect, w.aspects_breakdown
HAVING min(l.label) = max(l.label);

INSERT INTO judgement SELECT 'aspect_', label, score FROM aspect_of_text WHERE score IS NOT NULL;

CREATE TEMPORARY TABLE span_aspect AS
SELECT n.ours, ARRAY(
	SELECT m ->> 'label' FROM jsonb_array_elements(r.matches) AS m WHERE m ->> 'table' = 'aspect_terms') AS found
FROM result AS r JOIN aspect_names AS n ON n.theirs = r.aspect;
\endif

SELECT f.what || f.name, round(f.value, 4) FROM sentiment_figure AS f
WHERE f.what IN ('', 'span_') ORDER BY f.place, f.name;
SELECT CASE WHEN :'has_spans' THEN 'span_' ELSE '' END || 'pos_neg_accuracy_as_stored',
	round(avg(sign_is(label, stored_score)::integer), 4) FROM result;
SELECT CASE WHEN :'has_spans' THEN 'span_' ELSE '' END || 'noise_share', round(avg(is_noise::integer), 4) FROM result;
SELECT CASE WHEN :'has_spans' THEN 'spans' ELSE 'texts' END, count(*) FROM result;
SELECT 'left_out', count(*) FROM example AS e WHERE e.number NOT IN (SELECT number FROM labelled);

\if :has_spans
SELECT 'aspect_known_share', round(avg((found <> '{}')::integer), 4) FROM span_aspect HAVING count(*) > 0;
SELECT 'aspect_agreement', round(avg((found && ours)::integer), 4) FROM span_aspect
WHERE found <> '{}' HAVING count(*) > 0;
SELECT 'aspect_found_share', round(avg((score IS NOT NULL)::integer), 4) FROM aspect_of_text HAVING count(*) > 0;
SELECT f.what || f.name, round(f.value, 4) FROM sentiment_figure AS f
WHERE f.what = 'aspect_' ORDER BY f.place, f.name;
SELECT 'aspects_of_texts', count(*) FROM aspect_of_text WHERE score IS NOT NULL;
\endif
