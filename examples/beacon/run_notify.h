/* SPDX-License-Identifier: MIT */
/* What the service manager is told (sd_notify(3)): a datagram to $NOTIFY_SOCKET, if there is one.
 */
#ifndef TOOL_RUN_NOTIFY_H
#define TOOL_RUN_NOTIFY_H

#include <glib.h>

struct run_notify {
    int descriptor; /* -1: nobody listens */
    guint watchdog; /* source */
};

/* Connects, and says from now on, as often as $WATCHDOG_USEC asks, that the main loop goes round.
 */
void run_notify_begin(struct run_notify *notify);

/* "READY=1", "STOPPING=1"; lines may be joined by LF. */
void run_notify_tell(const struct run_notify *notify, const char *text);
void run_notify_status(const struct run_notify *notify, const char *status);
void run_notify_end(struct run_notify *notify);

#endif
