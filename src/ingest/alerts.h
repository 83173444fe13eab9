/*-------------------------------------------------------------------------
 *
 * alerts.h
 *	  NOTIFY analytics_alerts: posts that somebody should know of at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ALERTS_H
#define ANALYTICS_ALERTS_H

#include "ingest/staging.h"

#define ALERTS_CHANNEL "analytics_alerts"

/*
 * If a project has enough CRITICAL posts, or posts of intent CRISIS, among
 * what is staged: one notification for the group, which is sent when the
 * caller's transaction commits.  What is processed again tells of nothing,
 * nor does a post that was not written.  The posts are written already.
 * Nothing is done, and no lock taken, when there is nothing to say.
 */
extern void alerts_notify(const BatchGroup *group, const Staged *staging);

#endif /* ANALYTICS_ALERTS_H */
