/* SPDX-License-Identifier: MIT */
/* The transport to an adapter of this machine: the kernel's user channel, which gives one program
 * the whole controller. */
#include "radio/transport.h"

#include "radio/adapter.h"
#include "radio/errand.h"
#include "radio/inlet.h"
#include "radio/machine.h"
#include "radio/reason.h"
#include "radio/text.h"
#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BURST = 64,               /* packets read before others on the context have their turn */
    UNSENT_MAX = 256 * 1024,  /* bytes kept for a kernel that does not take them */
    GIVE_BACK_WAIT_MS = 1000, /* longer, and it goes on behind our back */
};

struct user {
    struct bcn_transport base;
    struct bcn_adapter_wish wish; /* by name at first, by address once it was seen */
    char *called;                 /* as a person named it */
    gboolean take;
    gboolean owes_power; /* we took it down, and it is not up again */
    guint16 index;       /* while open */
    int fd;              /* -1 while closed */
    guint openings;      /* so that who calls out sees whether it was closed meanwhile */
    GSource *readable, *writable, *farewell;
    GQueue unsent; /* GBytes */
    gsize unsent_bytes;
    char *last_words;
    char *note;
    struct bcn_errand *errand;
    gboolean errand_powers; /* it takes the adapter up in the end */
    void (*cycled)(gpointer owner);
};

static void drop_source(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

/* Everything that could call us or others ends. */
static void detach(struct user *user)
{
    drop_source(&user->readable);
    drop_source(&user->writable);
    drop_source(&user->farewell);
    g_queue_clear_full(&user->unsent, (GDestroyNotify)g_bytes_unref);
    user->unsent_bytes = 0;
    g_clear_pointer(&user->last_words, g_free);
}

/* ---- It is gone ---- */

static gboolean say_farewell(gpointer data)
{
    struct user *user = data;
    char *text = g_steal_pointer(&user->last_words);
    drop_source(&user->farewell);
    user->base.events->gone(user->base.owner, text);
    g_free(text);
    return G_SOURCE_REMOVE;
}

static void attach_source(struct user *user, GSource *source, GSourceFunc func)
{
    g_source_set_callback(source, func, user, NULL);
    g_source_attach(source, user->base.context);
}

static char *last_words(const struct user *user, int status)
{
    if (status == EPIPE || status == ENODEV)
        return g_strdup_printf(_("the adapter %s is gone: it was unplugged, or its driver ended"),
                               user->called);
    return g_strdup_printf(_("the adapter %s failed: %s"), user->called, g_strerror(status));
}

/* Closes at once: an adapter that went away keeps its number for as long as a socket is on it. */
static void lose(struct user *user, int status)
{
    char *text = last_words(user, status);
    detach(user);
    close(user->fd);
    user->fd = -1;
    user->openings++;
    user->last_words = text;
    user->farewell = g_idle_source_new();
    g_source_set_priority(user->farewell, G_PRIORITY_DEFAULT);
    attach_source(user, user->farewell, say_farewell);
}

/* ---- In ---- */

static gboolean is_passing(int status)
{
    return status == EAGAIN || status == EWOULDBLOCK || status == EINTR;
}

/* One packet; FALSE: none is there, or it is gone. */
static gboolean read_one(struct user *user)
{
    guint8 packet[BCN_H4_PACKET_MAX];
    gssize size = recv(user->fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
    if (size <= 0) {
        int status = size == 0 ? EPIPE : errno;
        if (!is_passing(status))
            lose(user, status);
        return FALSE;
    }
    if ((gsize)size <= sizeof packet)
        user->base.events->received(user->base.owner, packet, (gsize)size);
    else
        user->base.left_out++;
    return TRUE;
}

/* What is there, up to a burst; ends when the owner closes it. */
static enum bcn_inlet_result read_burst(struct user *user)
{
    guint opening = user->openings;
    guint count = 0;
    while (count < BURST && user->openings == opening && read_one(user))
        count++;
    if (count == BURST)
        return BCN_INLET_MORE;
    return count > 0 ? BCN_INLET_ALL : BCN_INLET_NOTHING;
}

static enum bcn_inlet_result on_readable(gpointer data)
{
    return read_burst(data);
}

static gboolean user_wait(struct bcn_transport *transport, gint timeout_ms)
{
    struct user *user = (struct user *)transport;
    struct pollfd waiting = {.fd = user->fd, .events = POLLIN};
    return user->fd >= 0 && poll(&waiting, 1, timeout_ms) == 1 &&
           read_burst(user) != BCN_INLET_NOTHING;
}

/* ---- Out ---- */

static gboolean is_sent(struct user *user, const guint8 *packet, gsize size)
{
    return send(user->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd, (void)condition;
    struct user *user = data;
    while (!g_queue_is_empty(&user->unsent)) {
        gsize size;
        const guint8 *packet = g_bytes_get_data(g_queue_peek_head(&user->unsent), &size);
        if (!is_sent(user, packet, size)) {
            if (!is_passing(errno))
                lose(user, errno);
            return G_SOURCE_CONTINUE;
        }
        user->unsent_bytes -= size;
        g_bytes_unref(g_queue_pop_head(&user->unsent));
    }
    drop_source(&user->writable);
    return G_SOURCE_REMOVE;
}

static void keep(struct user *user, const guint8 *packet, gsize size)
{
    g_queue_push_tail(&user->unsent, g_bytes_new(packet, size));
    user->unsent_bytes += size;
    if (user->writable != NULL)
        return;
    user->writable = g_unix_fd_source_new(user->fd, G_IO_OUT);
    attach_source(user, user->writable, G_SOURCE_FUNC(on_writable));
}

static gboolean user_send(struct bcn_transport *transport, const guint8 *packet, gsize size)
{
    struct user *user = (struct user *)transport;
    if (user->fd < 0)
        return FALSE;
    gboolean waits = !g_queue_is_empty(&user->unsent);
    if (!waits && is_sent(user, packet, size))
        return TRUE;
    int status = waits ? EAGAIN : errno;
    if (is_passing(status) && user->unsent_bytes + size <= UNSENT_MAX) {
        keep(user, packet, size);
        return TRUE;
    }
    lose(user, is_passing(status) ? ENOBUFS : status);
    return FALSE;
}

/* ---- Which one ---- */

static gboolean refuse(enum beacon_radio_error code, char *reason, GError **error)
{
    bcn_reason_refuse_because(code, reason, error);
    return FALSE;
}

static gboolean refuse_status(const char *name, int status, GError **error)
{
    bcn_reason_refuse(name, status, error);
    return FALSE;
}

static gboolean find(struct user *user, struct bcn_adapter *ret_adapter, GError **error)
{
    GArray *adapters;
    int status = bcn_adapters(&adapters);
    if (status != 0)
        return refuse_status(NULL, status, error);
    const struct bcn_adapter *found = bcn_adapter_find(adapters, &user->wish);
    if (found != NULL)
        *ret_adapter = *found;
    g_array_unref(adapters);
    return found != NULL || refuse_status(user->called, ENODEV, error);
}

/* ---- Given back ---- */

/* FALSE while the kernel is still busy with what we asked of it. */
static gboolean settle_errand(struct user *user, gint wait_ms)
{
    int status;
    if (user->errand == NULL)
        return TRUE;
    if (!bcn_errand_wait(user->errand, wait_ms, &status))
        return FALSE;
    user->errand = bcn_errand_unref(user->errand);
    if (user->errand_powers && status == 0)
        user->owes_power = FALSE;
    return TRUE;
}

static void begin_errand(struct user *user, const struct bcn_errand_order *order,
                         void (*done)(gpointer user))
{
    struct bcn_errand *before = user->errand;
    user->errand = bcn_errand_begin(order, before, user->base.context, done, user);
    user->errand_powers = order->up;
    bcn_errand_unref(before);
}

static void drop_note(struct user *user)
{
    g_clear_pointer(&user->note, g_free);
    user->base.note = NULL;
}

/* Closes a socket, and has the adapter up again where it was: bluetoothd may do that too, and the
 * second to come finds it done. */
static void give_back(struct user *user, guint16 index, int fd)
{
    struct bcn_errand_order order = {BCN_ERRAND_GIVE_BACK, index, user->owes_power, fd};
    drop_note(user);
    if (fd < 0 && !user->owes_power)
        return;
    begin_errand(user, &order, NULL);
    settle_errand(user, GIVE_BACK_WAIT_MS);
}

static void user_close(struct bcn_transport *transport)
{
    struct user *user = (struct user *)transport;
    struct bcn_adapter adapter;
    int fd = user->fd;
    detach(user);
    user->openings++;
    user->cycled = NULL;
    user->fd = -1;
    if (fd >= 0)
        give_back(user, user->index, fd);
    else if (settle_errand(user, 0) && user->owes_power && find(user, &adapter, NULL))
        give_back(user, adapter.index, -1);
}

/* ---- Opened ---- */

/* Whether it may be taken down as far as others are concerned. */
static gboolean may_take(const struct user *user, const struct bcn_adapter *adapter, GError **error)
{
    struct bcn_machine *machine = bcn_machine_read("");
    gboolean has_rights = machine->may_administer;
    gboolean has_daemon = machine->has_daemon;
    bcn_machine_free(machine);
    if (!has_rights)
        return refuse_status(adapter->face.name, EPERM, error);
    if (has_daemon && !user->take)
        return refuse(BEACON_RADIO_ERROR_BUSY, bcn_reason_daemon(adapter->face.name), error);
    return TRUE;
}

/* The user channel wants it down. */
static gboolean take_down(struct user *user, const struct bcn_adapter *adapter, GError **error)
{
    const char *name = adapter->face.name;
    if (!may_take(user, adapter, error))
        return FALSE;
    int status = bcn_adapter_power(adapter->index, FALSE);
    if (status != 0)
        return refuse_status(name, status, error);
    user->owes_power = TRUE;
    user->note =
        g_strdup_printf(_("%s was up and was taken down; it will be up again afterwards"), name);
    user->base.note = user->note;
    return TRUE;
}

static gboolean make_way(struct user *user, const struct bcn_adapter *adapter, GError **error)
{
    const char *name = adapter->face.name;
    if (adapter->starting)
        return refuse(BEACON_RADIO_ERROR_BUSY, bcn_reason_starting(name), error);
    if (adapter->face.held)
        return refuse(BEACON_RADIO_ERROR_BUSY, bcn_reason_held(name), error);
    return !adapter->face.up || take_down(user, adapter, error);
}

/* Busy although it was down just now: somebody was faster, or the kernel is at it. */
static void refuse_busy(struct user *user, GError **error)
{
    struct bcn_adapter adapter;
    if (!find(user, &adapter, error))
        return;
    char *reason = adapter.face.held ? bcn_reason_held(adapter.face.name)
                                     : bcn_reason_starting(adapter.face.name);
    bcn_reason_refuse_because(BEACON_RADIO_ERROR_BUSY, reason, error);
}

static gboolean user_open(struct bcn_transport *transport, GError **error)
{
    struct user *user = (struct user *)transport;
    struct bcn_adapter adapter;
    drop_note(user);
    if (!settle_errand(user, 0))
        return refuse(BEACON_RADIO_ERROR_BUSY, bcn_reason_starting(user->called), error);
    if (!find(user, &adapter, error) || !make_way(user, &adapter, error))
        return FALSE;
    user->index = adapter.index;
    int status = bcn_adapter_open(adapter.index, &user->fd);
    if (status != 0) {
        user->fd = -1;
        if (status == EBUSY)
            refuse_busy(user, error);
        else
            bcn_reason_refuse(adapter.face.name, status, error);
        give_back(user, adapter.index, -1);
        return FALSE;
    }
    bcn_adapter_remember(&user->wish, &adapter);
    user->openings++;
    user->readable = bcn_inlet_new(user->fd, user->base.rests, on_readable, user);
    g_source_attach(user->readable, user->base.context);
    return TRUE;
}

/* ---- Down and up ---- */

static void on_cycled(gpointer data)
{
    struct user *user = data;
    void (*cycled)(gpointer owner) = user->cycled;
    user->cycled = NULL;
    settle_errand(user, 0);
    if (cycled != NULL)
        cycled(user->base.owner);
}

static gboolean nothing_to_cycle(gpointer data)
{
    struct user *user = data;
    drop_source(&user->farewell);
    on_cycled(user);
    return G_SOURCE_REMOVE;
}

static void user_cycle(struct bcn_transport *transport, void (*done)(gpointer owner))
{
    struct user *user = (struct user *)transport;
    struct bcn_adapter adapter;
    user->cycled = done;
    if (find(user, &adapter, NULL) && !adapter.face.held &&
        (!adapter.face.up || may_take(user, &adapter, NULL))) {
        struct bcn_errand_order order = {BCN_ERRAND_CYCLE, adapter.index, adapter.face.up, -1};
        begin_errand(user, &order, on_cycled);
        return;
    }
    detach(user);
    user->farewell = g_idle_source_new();
    attach_source(user, user->farewell, nothing_to_cycle);
}

static void user_free(struct bcn_transport *transport)
{
    struct user *user = (struct user *)transport;
    user_close(transport);
    if (user->errand != NULL)
        bcn_errand_forget(user->errand);
    bcn_errand_unref(user->errand);
    drop_note(user);
    g_free(user->called);
    g_free(user);
}

static const struct bcn_transport_class user_class = {
    .open = user_open,
    .close = user_close,
    .send = user_send,
    .wait = user_wait,
    .cycle = user_cycle,
    .free = user_free,
};

struct bcn_transport *bcn_transport_user(const char *adapter, gboolean take, GError **error)
{
    struct bcn_adapter_wish wish;
    if (!bcn_adapter_parse(adapter, &wish)) {
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS,
                    _("\"%s\" does not name an adapter: expected hci0 or AA:BB:CC:DD:EE:FF"),
                    adapter);
        return NULL;
    }
    struct user *user = g_new0(struct user, 1);
    user->base.class = &user_class;
    user->wish = wish;
    user->called = g_strdup(adapter);
    user->take = take;
    user->fd = -1;
    g_queue_init(&user->unsent);
    return &user->base;
}
