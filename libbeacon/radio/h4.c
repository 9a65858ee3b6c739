/* SPDX-License-Identifier: MIT */
/* HCI packets over a stream socket, one after the other (Bluetooth Core 5.3, vol 4 part A). */
#include "radio/inlet.h"
#include "radio/text.h"
#include "radio/transport.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    KEPT_MAX = 64 * 1024, /* bytes that the other side did not take yet */
};

struct h4 {
    struct bcn_transport base;
    char *path;
    int fd;
    GSource *readable;
    GSource *writable;
    GSource *cycled;
    void (*cycle_done)(gpointer owner);
    guint opened; /* how often: whoever reads sees that he was closed, or opened anew, meanwhile */
    GByteArray *kept;
    guint8 *buffer; /* READ_SIZE bytes: those from `at` to `filled` are still to be given out */
    gsize at;
    gsize filled;
    gboolean giving; /* a packet of the buffer is with `received` */
    guint8 *lent;    /* the buffer of that packet, when more was read meanwhile */
};

/* A whole packet's size by its head; 0: not enough of it yet; -1: no packet that we know. */
static gssize packet_size(const guint8 *bytes, gsize size)
{
    if (size < 1)
        return 0;
    switch (bytes[0]) {
    case BCN_H4_EVENT:
        return size < 3 ? 0 : 3 + bytes[2];
    case BCN_H4_SCO:
        return size < 4 ? 0 : 4 + bytes[3];
    case BCN_H4_ACL:
        return size < 5 ? 0 : 5 + bytes[3] + (bytes[4] << 8);
    case BCN_H4_ISO:
        return size < 5 ? 0 : 5 + bytes[3] + ((bytes[4] & 0x3F) << 8);
    default:
        return -1;
    }
}

static void drop_source(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

static void h4_close(struct bcn_transport *transport)
{
    struct h4 *h4 = (struct h4 *)transport;
    drop_source(&h4->readable);
    drop_source(&h4->writable);
    drop_source(&h4->cycled);
    if (h4->fd >= 0)
        close(h4->fd);
    h4->fd = -1;
    h4->at = h4->filled = 0;
    h4->opened++;
    g_byte_array_set_size(h4->kept, 0);
}

static void lose(struct h4 *h4, const char *text)
{
    h4_close(&h4->base);
    h4->base.events->gone(h4->base.owner, text);
}

/* Gives out the whole packets that the buffer holds. FALSE: closed meanwhile. */
static gboolean give_out(struct h4 *h4)
{
    guint opened = h4->opened;
    for (;;) {
        const guint8 *packet = h4->buffer + h4->at;
        gssize size = packet_size(packet, h4->filled - h4->at);
        if (size < 0 || size > BCN_H4_PACKET_MAX) {
            lose(h4, _("what came is not HCI: the stream's packets cannot be told apart any more"));
            return FALSE;
        }
        if (size == 0 || (gsize)size > h4->filled - h4->at)
            break;
        h4->at += (gsize)size;
        h4->giving = TRUE;
        h4->base.events->received(h4->base.owner, packet, (gsize)size);
        h4->giving = FALSE;
        if (h4->opened != opened)
            return FALSE;
    }
    h4->filled -= h4->at;
    memmove(h4->buffer, h4->buffer + h4->at, h4->filled);
    h4->at = 0;
    return TRUE;
}

/* Somebody who was given a packet waits for the next ones: his stays where it is. */
static void lend(struct h4 *h4)
{
    if (!h4->giving || h4->lent != NULL)
        return;
    h4->lent = h4->buffer;
    h4->buffer = g_malloc(READ_SIZE);
    h4->filled -= h4->at;
    memcpy(h4->buffer, h4->lent + h4->at, h4->filled);
    h4->at = 0;
}

/* Reads what is there. FALSE: nothing was, or the socket is closed now. */
static gboolean take_in(struct h4 *h4)
{
    gssize got = recv(h4->fd, h4->buffer + h4->filled, READ_SIZE - h4->filled, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return FALSE;
    if (got <= 0) {
        lose(h4, got == 0 ? _("the controller's socket was closed") : g_strerror(errno));
        return FALSE;
    }
    h4->filled += (gsize)got;
    return give_out(h4);
}

static enum bcn_inlet_result on_readable(gpointer user)
{
    struct h4 *h4 = user;
    if (h4->giving) /* a program runs the context within its callback: not now */
        return BCN_INLET_MORE;
    return take_in(h4) ? BCN_INLET_ALL : BCN_INLET_NOTHING;
}

/* Sends what was kept back. FALSE: gone. */
static gboolean flush(struct h4 *h4)
{
    if (h4->kept->len == 0)
        return TRUE;
    gssize sent = send(h4->fd, h4->kept->data, h4->kept->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return FALSE;
    if (sent > 0)
        g_byte_array_remove_range(h4->kept, 0, (guint)sent);
    return TRUE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer user)
{
    (void)fd, (void)condition;
    struct h4 *h4 = user;
    if (!flush(h4))
        lose(h4, g_strerror(errno));
    else if (h4->kept->len == 0)
        drop_source(&h4->writable);
    return G_SOURCE_CONTINUE;
}

static void watch_readable(struct h4 *h4)
{
    h4->readable = bcn_inlet_new(h4->fd, h4->base.rests, on_readable, h4);
    g_source_set_can_recurse(h4->readable, TRUE); /* or GLib takes it out and in at each packet */
    g_source_attach(h4->readable, h4->base.context);
}

static void watch_writable(struct h4 *h4)
{
    h4->writable = g_unix_fd_source_new(h4->fd, G_IO_OUT);
    g_source_set_callback(h4->writable, G_SOURCE_FUNC(on_writable), h4, NULL);
    g_source_attach(h4->writable, h4->base.context);
}

static gboolean on_hopeless(gpointer user)
{
    lose(user, _("the controller's socket takes nothing any more"));
    return G_SOURCE_REMOVE;
}

static gboolean h4_send(struct bcn_transport *transport, const guint8 *packet, gsize size)
{
    struct h4 *h4 = (struct h4 *)transport;
    if (h4->fd < 0)
        return FALSE;
    g_byte_array_append(h4->kept, packet, (guint)size);
    if (!flush(h4) || h4->kept->len > KEPT_MAX) {
        drop_source(&h4->writable);
        h4->writable = g_idle_source_new();
        g_source_set_callback(h4->writable, on_hopeless, h4, NULL);
        g_source_attach(h4->writable, h4->base.context);
        return FALSE;
    }
    if (h4->kept->len > 0 && h4->writable == NULL)
        watch_writable(h4);
    return TRUE;
}

static void refuse(const char *path, int code, GError **error)
{
    int kind = code == ENOENT || code == ECONNREFUSED ? BEACON_RADIO_ERROR_ABSENT
               : code == EACCES || code == EPERM      ? BEACON_RADIO_ERROR_PERMISSION
                                                      : BEACON_RADIO_ERROR_FAILED;
    g_set_error(error, BEACON_RADIO_ERROR, kind, _("no controller at the socket %s: %s"), path,
                g_strerror(code));
}

static gboolean h4_open(struct bcn_transport *transport, GError **error)
{
    struct h4 *h4 = (struct h4 *)transport;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_strlcpy(name.sun_path, h4->path, sizeof name.sun_path);
    h4->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (h4->fd < 0 || connect(h4->fd, (struct sockaddr *)&name, sizeof name) < 0) {
        refuse(h4->path, errno, error);
        h4_close(transport);
        return FALSE;
    }
    watch_readable(h4);
    return TRUE;
}

static gboolean h4_wait(struct bcn_transport *transport, gint timeout_ms)
{
    struct h4 *h4 = (struct h4 *)transport;
    struct pollfd want = {.fd = h4->fd, .events = POLLIN};
    if (h4->fd < 0 || poll(&want, 1, timeout_ms) <= 0)
        return FALSE;
    lend(h4);
    return flush(h4) && take_in(h4);
}

static gboolean on_cycled(gpointer user)
{
    struct h4 *h4 = user;
    drop_source(&h4->cycled);
    h4->cycle_done(h4->base.owner);
    return G_SOURCE_REMOVE;
}

static void h4_cycle(struct bcn_transport *transport, void (*done)(gpointer owner))
{
    struct h4 *h4 = (struct h4 *)transport;
    h4->cycle_done = done;
    h4->cycled = g_idle_source_new();
    g_source_set_callback(h4->cycled, on_cycled, h4, NULL);
    g_source_attach(h4->cycled, transport->context);
}

static void h4_free(struct bcn_transport *transport)
{
    struct h4 *h4 = (struct h4 *)transport;
    h4_close(transport);
    g_byte_array_unref(h4->kept);
    g_free(h4->lent);
    g_free(h4->buffer);
    g_free(h4->path);
    g_free(h4);
}

static const struct bcn_transport_class h4_class = {
    .open = h4_open,
    .close = h4_close,
    .send = h4_send,
    .wait = h4_wait,
    .cycle = h4_cycle,
    .free = h4_free,
};

struct bcn_transport *bcn_transport_h4(const char *path, GError **error)
{
    struct sockaddr_un name;
    if (strlen(path) >= sizeof name.sun_path) {
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS,
                    _("%s: a socket's path has at most %d bytes"), path,
                    (int)sizeof name.sun_path - 1);
        return NULL;
    }
    struct h4 *h4 = g_new0(struct h4, 1);
    h4->base.class = &h4_class;
    h4->path = g_strdup(path);
    h4->fd = -1;
    h4->kept = g_byte_array_new();
    h4->buffer = g_malloc(READ_SIZE);
    return &h4->base;
}
