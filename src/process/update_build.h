/*-------------------------------------------------------------------------
 *
 * update_build.h
 *	  How one step of an update is built, online or in the update itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_BUILD_H
#define ANALYTICS_UPDATE_BUILD_H

#include "postgres.h"

#include "process/update_steps.h"

/*
 * In the builder: see to it that the step's index is there and valid, without
 * keeping anybody from writing, and record how it went.  False: it failed, and
 * the record and the server log say why.
 */
extern bool update_build(const UpdateStep *step, Oid requester);

#endif /* ANALYTICS_UPDATE_BUILD_H */
