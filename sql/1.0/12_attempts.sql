CREATE TABLE analytics.attempts (
	body_hash bytea NOT NULL,
	consumer text NOT NULL,
	attempts integer NOT NULL,
	kills integer NOT NULL,
	first_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (body_hash, consumer)
);
COMMENT ON TABLE analytics.attempts IS
'events over which a worker has died, until they are settled: one that crashes its worker again becomes a dead letter WORKER_CRASH, unread';
COMMENT ON COLUMN analytics.attempts.body_hash IS 'SHA-256 of the event''s body, as in dead_letters';
COMMENT ON COLUMN analytics.attempts.attempts IS 'how often it was taken up, counting those after which its worker crashed and the one that followed';
COMMENT ON COLUMN analytics.attempts.kills IS 'how often its worker was killed, by whomever or for want of memory, without a fault of its own';
