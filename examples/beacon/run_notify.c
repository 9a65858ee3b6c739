/* SPDX-License-Identifier: MIT */
/* What the service manager is told (sd_notify(3)): a datagram to $NOTIFY_SOCKET, if there is one.
 */
#include "run_notify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or with an @ for its first NUL, a name. */
static socklen_t parse_address(const char *text, struct sockaddr_un *ret_address)
{
    size_t length = strlen(text);

    if ((text[0] != '/' && text[0] != '@') || length >= sizeof ret_address->sun_path)
        return 0;
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, text, length);
    if (text[0] == '@')
        ret_address->sun_path[0] = '\0';
    else
        length++;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int connect_to(const char *text)
{
    struct sockaddr_un address;
    socklen_t size = parse_address(text, &address);
    int descriptor;

    if (size == 0)
        return -1;
    descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 &&
        connect(descriptor, (const struct sockaddr *)(const void *)&address, size) < 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static gboolean on_watchdog(gpointer user)
{
    run_notify_tell(user, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

/* Twice as often as asked, as sd_watchdog_enabled(3) recommends. */
static void begin_watchdog(struct run_notify *notify)
{
    const char *interval = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    guint64 us;

    if (interval == NULL ||
        !g_ascii_string_to_unsigned(interval, 10, 2000, G_MAXINT32 * 1000ULL, &us, NULL))
        return;
    if (process != NULL && g_ascii_strtoull(process, NULL, 10) != (guint64)getpid())
        return;
    notify->watchdog = g_timeout_add((guint)(us / 2000), on_watchdog, notify);
}

void run_notify_begin(struct run_notify *notify)
{
    const char *address = getenv("NOTIFY_SOCKET");

    *notify = (struct run_notify){.descriptor = address != NULL ? connect_to(address) : -1};
    if (notify->descriptor >= 0)
        begin_watchdog(notify);
}

void run_notify_tell(const struct run_notify *notify, const char *text)
{
    if (notify->descriptor >= 0 && send(notify->descriptor, text, strlen(text), MSG_NOSIGNAL) < 0) {
        /* The manager is busy, or gone: it has its own ways to find out about us. */
    }
}

void run_notify_status(const struct run_notify *notify, const char *status)
{
    g_autofree char *text = g_strconcat("STATUS=", status, NULL);

    run_notify_tell(notify, g_strdelimit(text, "\n\r", ' '));
}

void run_notify_end(struct run_notify *notify)
{
    if (notify->watchdog != 0)
        g_source_remove(notify->watchdog);
    if (notify->descriptor >= 0)
        close(notify->descriptor);
    *notify = (struct run_notify){.descriptor = -1};
}
