----------------------------------------------------------------------
-- Shipped settings: alerts
----------------------------------------------------------------------

INSERT INTO analytics.settings (name, value, minimum, maximum, unit, description, builtin) VALUES
('alerts.critical_posts',  1, 0, 1000000, 'posts', 'NOTIFY analytics_alerts when so many posts of a project that commit together are of risk CRITICAL; 0: never', true),
('alerts.crisis_posts',   10, 0, 1000000, 'posts', 'NOTIFY analytics_alerts when so many posts of a project that commit together have the intent CRISIS; 0: never', true);
