-- For a container's new database; see deploy/Containerfile.

CREATE EXTENSION analytics;
