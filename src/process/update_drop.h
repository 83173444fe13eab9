/*-------------------------------------------------------------------------
 *
 * update_drop.h
 *	  Statements that drop the extension while an update of it is prepared.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_DROP_H
#define ANALYTICS_UPDATE_DROP_H

#include "nodes/nodes.h"

/*
 * Before anything is locked.  If the statement is DROP EXTENSION, DROP SCHEMA
 * or DROP OWNED of the extension: let the builder leave, if the drop is in
 * earnest, else refuse it, since to wait for the builder would lock out all
 * writers meanwhile.  For other statements nothing.
 */
extern void update_drop_before(Node *statement);

#endif /* ANALYTICS_UPDATE_DROP_H */
