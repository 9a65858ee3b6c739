/* SPDX-License-Identifier: MIT */
/* A disk under the test's hand, as an SQLite VFS named "shim": its syncs can be held, its writes
 * can fail, and its power can be lost. */
#ifndef STORE_SHIM_H
#define STORE_SHIM_H

#include <glib.h>

#define SHIM_VFS "shim"

/* Forgets everything; registers the VFS the first time. */
void shim_reset(void);

/* From now on every sync waits until shim_release; shim_wait_held waits until one does. */
void shim_hold(void);
void shim_wait_held(void);
void shim_release(void);

/* From now on writes or syncs answer that result of SQLite's; SQLITE_OK ends it. */
void shim_fail_writes(int result);
void shim_fail_syncs(int result);

/* Syncs work so many times more. */
void shim_fail_syncs_after(guint syncs);

/* From now on what the database, not its WAL, has at that offset cannot be read; negative ends it.
 */
void shim_fail_reads_at(gint64 offset);

/* Syncs so far that had something to sync. */
guint shim_syncs(void);

/*
 * Keeps in a folder what the disk really holds: what was written is there once it was synced.
 * Power is lost by looking there instead. With shim_tear, of what was not synced some sectors of
 * 512 bytes are there too, by the seed.
 */
void shim_keep_disk(const char *folder);
void shim_tear(guint32 seed);

#endif
