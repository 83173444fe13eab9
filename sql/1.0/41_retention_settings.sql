----------------------------------------------------------------------
-- Shipped settings: retention
----------------------------------------------------------------------

INSERT INTO analytics.settings (name, value, minimum, maximum, unit, description, builtin) VALUES
('retention.ledger_days',       30, 0, 36500, 'days', 'rows of batches are deleted so long after they were completed, and a redelivery of their event is then processed anew; 0: never', true),
('retention.dead_letters_days', 90, 0, 36500, 'days', 'dead letters are deleted so long after they were replayed or discarded, pending ones never; 0: none is', true),
('retention.crawl_errors_days', 90, 0, 36500, 'days', 'crawl errors are deleted so long after they were written; 0: never', true);

/* A broker may well deliver an event again after days. */
ALTER TABLE analytics.settings ADD CONSTRAINT settings_ledger_kept_a_week
	CHECK (name <> 'retention.ledger_days' OR value = 0 OR value >= 7);
