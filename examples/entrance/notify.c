/* SPDX-License-Identifier: MIT */
/* What a service tells the manager that started it (sd_notify(3)): datagrams to a socket. */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
    int socket;
    struct sockaddr_un address;
    socklen_t address_size;
    gint64 watchdog_us;
};

/* "/run/…", or "@…": a name in the abstract space. */
static gboolean read_address(const char *text, struct notify *notify)
{
    gsize length = strlen(text);

    if ((*text != '/' && *text != '@') || length < 2 || length >= sizeof notify->address.sun_path)
        return FALSE;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, text, length + 1);
    if (*text == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*text == '/' ? 1 : 0));
    return TRUE;
}

static gint64 read_watchdog_us(void)
{
    const char *wanted = getenv("WATCHDOG_USEC");
    const char *whose = getenv("WATCHDOG_PID");

    if (wanted == NULL || (whose != NULL && g_ascii_strtoull(whose, NULL, 10) != (guint64)getpid()))
        return 0;
    return (gint64)MIN(g_ascii_strtoull(wanted, NULL, 10), (guint64)G_MAXINT64) / 2;
}

struct notify *notify_new(void)
{
    const char *text = getenv("NOTIFY_SOCKET");
    struct notify *notify = g_new0(struct notify, 1);

    notify->socket = -1;
    if (text != NULL && read_address(text, notify))
        notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    notify->watchdog_us = read_watchdog_us();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return notify->socket >= 0 ? notify : notify_free(notify);
}

struct notify *notify_free(struct notify *notify)
{
    if (notify == NULL)
        return NULL;
    if (notify->socket >= 0)
        close(notify->socket);
    g_free(notify);
    return NULL;
}

static void tell(struct notify *notify, const char *text)
{
    if (notify == NULL)
        return;
    while (sendto(notify->socket, text, strlen(text), MSG_NOSIGNAL,
                  (const struct sockaddr *)&notify->address, notify->address_size) < 0 &&
           errno == EINTR)
        ;
}

void notify_ready(struct notify *notify)
{
    tell(notify, "READY=1");
}

void notify_stopping(struct notify *notify)
{
    tell(notify, "STOPPING=1");
}

void notify_status(struct notify *notify, const char *text)
{
    g_autofree char *line = g_strdup_printf("STATUS=%s", text);

    tell(notify, g_strdelimit(line, "\n", ' '));
}

gint64 notify_watchdog_us(const struct notify *notify)
{
    return notify != NULL ? notify->watchdog_us : 0;
}

void notify_alive(struct notify *notify)
{
    tell(notify, "WATCHDOG=1");
}
