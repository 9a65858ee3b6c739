/* SPDX-License-Identifier: MIT */
/* What a service tells the manager that started it: that it is ready, how it stands, that it lives.
 */
#ifndef ENTRANCE_NOTIFY_H
#define ENTRANCE_NOTIFY_H

#include <glib.h>

struct notify;

/* The one in $NOTIFY_SOCKET, which children shall not inherit; NULL where nobody asked. All calls
 * take NULL, and none can fail: nobody could do anything about it. */
struct notify *notify_new(void);
struct notify *notify_free(struct notify *notify);

void notify_ready(struct notify *notify);
void notify_stopping(struct notify *notify);
void notify_status(struct notify *notify, const char *text); /* one line, for `systemctl status` */

/* How often a sign of life is wanted at least, halved as is the custom; 0: not at all. */
gint64 notify_watchdog_us(const struct notify *notify);
void notify_alive(struct notify *notify);

#endif
