-- The project and the subject of a job.
SELECT quote_nullable(job) AS job, payload, analytics.project_id(job, payload), analytics.subject(job, payload)
FROM (VALUES
	('proj_xyz789-brand-0', NULL),
	('my_project-brand-10', NULL),
	('my-project-name-toyota-10', NULL),
	('proj-with-many-parts-competitor-5', NULL),
	('550E8400-E29B-41D4-A716-446655440000', NULL),
	('550e8400-e29b-41d4-a716-446655440000', 'proj_xyz'),
	('', NULL),
	('single', NULL),
	('single', 'proj_xyz'),
	('proj-brand', NULL),
	('proj-brand-abc', NULL),
	('-brand-0', NULL),
	('a-b-00000000000000000000001', NULL),
	('proj_xyz-mercedes-benz-0', NULL),
	('proj_xyz-mercedes-benz-0', 'proj_xyz'),
	('other-brand-0', 'proj_xyz'),
	(NULL, 'proj_xyz')
) AS v(job, payload);
