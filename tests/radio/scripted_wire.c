/* SPDX-License-Identifier: MIT */
/* The controller's socket and its links: bytes in and out, and the peers at the other ends. */
#include "radio/scripted_wire.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- Packets to the host ---- */

static void drop_source(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

static void hang_up(struct scripted *controller)
{
    drop_source(&controller->reading);
    if (controller->fd >= 0)
        close(controller->fd);
    controller->fd = -1;
    g_byte_array_set_size(controller->in, 0);
    g_byte_array_set_size(controller->out, 0);
}

void scripted_close(struct scripted *controller)
{
    hang_up(controller);
    scripted_wire_power_off(controller);
}

static gboolean flush(struct scripted *controller)
{
    if (controller->fd < 0 || controller->out->len == 0)
        return FALSE;
    gssize sent = send(controller->fd, controller->out->data, controller->out->len,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0)
        return FALSE;
    g_byte_array_remove_range(controller->out, 0, (guint)sent);
    return TRUE;
}

void scripted_send(struct scripted *controller, const guint8 *packet, gsize size)
{
    if (controller->fd >= 0)
        g_byte_array_append(controller->out, packet, (guint)size);
}

void scripted_event(struct scripted *controller, guint8 code, const guint8 *parameters, gsize size)
{
    guint8 packet[3 + 255] = {4, code, (guint8)size};
    g_assert(size <= 255);
    if (size > 0)
        memcpy(packet + 3, parameters, size);
    scripted_send(controller, packet, 3 + size);
}

void scripted_give_credit(struct scripted *controller)
{
    const guint8 nothing[3] = {controller->credits, 0, 0};
    scripted_event(controller, 0x0E, nothing, sizeof nothing);
}

static void put_address(guint8 *wire, const guint8 address[6])
{
    for (gsize i = 0; i < 6; i++)
        wire[i] = address[5 - i];
}

/* LE Advertising Report (7.7.65.2), LE Extended Advertising Report (7.7.65.13). */
gsize scripted_report(guint8 *event, gboolean extended, const guint8 address[6], gint8 rssi_dbm,
                      const guint8 *data, guint8 size)
{
    const guint8 legacy[10] = {0x02, 1, 0x00, 1};
    const guint8 longer[25] = {0x0D, 1, 0x13, 0, 1, [11] = 1, 0, 0xFF, 127, (guint8)rssi_dbm};
    if (extended) {
        memcpy(event, longer, sizeof longer);
        put_address(event + 5, address);
        event[25] = size;
        memcpy(event + 26, data, size);
        return 26U + size;
    }
    memcpy(event, legacy, sizeof legacy);
    put_address(event + 4, address);
    event[10] = size;
    memcpy(event + 11, data, size);
    event[11 + size] = (guint8)rssi_dbm;
    return 12U + size;
}

void scripted_hear(struct scripted *controller, const guint8 address[6], gint8 rssi_dbm,
                   const guint8 *data, guint8 size)
{
    guint8 event[255];
    if (!controller->scanning)
        return;
    gsize length = scripted_report(event, controller->style == 2, address, rssi_dbm, data, size);
    scripted_event(controller, 0x3E, event, length);
}

/* ---- Links ---- */

guint scripted_links_up(const struct scripted *controller)
{
    guint count = 0;
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        count += controller->links[i].up ? 1 : 0;
    return count;
}

static void send_acl(struct scripted_link *link, gboolean is_first, const guint8 *bytes, gsize size)
{
    guint8 packet[5 + 1024] = {2};
    packet[1] = (guint8)(link->handle & 0xFF);
    packet[2] = (guint8)(link->handle >> 8 | (is_first ? 2 : 1) << 4);
    packet[3] = (guint8)(size & 0xFF);
    packet[4] = (guint8)(size >> 8);
    memcpy(packet + 5, bytes, size);
    scripted_send(link->controller, packet, 5 + size);
}

void scripted_say(struct scripted_link *link, gboolean is_first, const guint8 *bytes, gsize size)
{
    send_acl(link, is_first, bytes, size);
}

static bool peer_sends(void *user, bool is_first, const uint8_t *bytes, size_t size)
{
    send_acl(user, is_first, bytes, size);
    return true;
}

static bool peer_identifier(void *user, struct beacon_identifier *ret_identifier)
{
    *ret_identifier = ((struct scripted_link *)user)->controller->identifier;
    return true;
}

static void begin_peer(struct scripted_link *link)
{
    const struct bcn_gatt_config config = {
        .role = link->we_are_central ? BCN_L2CAP_PERIPHERAL : BCN_L2CAP_CENTRAL,
        .fragment_size = 27,
        .send = peer_sends,
        .identifier = link->peer == SCRIPTED_PEER_IPHONE ? peer_identifier : NULL,
        .user = link,
    };
    bcn_gatt_init(&link->gatt, &config);
}

/* LE Connection Complete, or its enhanced form (7.7.65.1, .10). */
static void tell_connected(struct scripted *controller, guint8 status, guint16 handle,
                           gboolean we_are_central)
{
    gboolean enhanced = (controller->kind & SCRIPTED_EXTENDED) != 0;
    guint8 event[31] = {enhanced ? 0x0A : 0x01, status, (guint8)(handle & 0xFF),
                        (guint8)(handle >> 8), we_are_central ? 0 : 1};
    scripted_event(controller, 0x3E, event, enhanced ? 31 : 19);
}

void scripted_wire_not_connected(struct scripted *controller, guint8 status)
{
    controller->initiating = FALSE;
    tell_connected(controller, status, 0, TRUE);
}

struct scripted_link *scripted_connect(struct scripted *controller, gboolean we_are_central)
{
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++) {
        struct scripted_link *link = &controller->links[i];
        if (link->up)
            continue;
        GString *received = link->received != NULL ? link->received : g_string_new(NULL);
        g_string_truncate(received, 0);
        controller->last_handle++;
        *link = (struct scripted_link){
            .controller = controller,
            .up = TRUE,
            .handle = controller->last_handle,
            .we_are_central = we_are_central,
            .peer = controller->peer,
            .received = received,
        };
        begin_peer(link);
        tell_connected(controller, 0, link->handle, we_are_central);
        return link;
    }
    return NULL;
}

void scripted_let_in(struct scripted *controller)
{
    if (!controller->initiating)
        return;
    controller->initiating = FALSE;
    struct scripted_link *link = scripted_connect(controller, TRUE);
    if (controller->peer == SCRIPTED_PEER_LEAVES)
        scripted_end(link, 0x13);
}

struct scripted_link *scripted_visitor(struct scripted *controller)
{
    if (!controller->advertising || !controller->connectable)
        return NULL;
    scripted_wire_stop_advertising(controller);
    struct scripted_link *link = scripted_connect(controller, FALSE);
    const guint8 terminated[6] = {
        0x12, 0, 0, (guint8)(link->handle & 0xFF), (guint8)(link->handle >> 8), 0};
    if (controller->style == 2 && !controller->terminates_late)
        scripted_event(controller, 0x3E, terminated, sizeof terminated);
    return link;
}

void scripted_end(struct scripted_link *link, guint8 reason)
{
    const guint8 event[4] = {0, (guint8)(link->handle & 0xFF), (guint8)(link->handle >> 8), reason};
    link->up = FALSE;
    link->end_reason = reason;
    scripted_event(link->controller, 0x05, event, sizeof event);
}

/* ---- Data from the host ---- */

static void fault(struct scripted *controller, const char *text)
{
    g_string_append_printf(controller->faults, "%s; ", text);
}

static void refuse_to_serve(struct scripted_link *link)
{
    static const guint8 error[9] = {5, 0, 4, 0, 1, 8, 1, 0, 5};
    send_acl(link, TRUE, error, sizeof error);
}

static void give_to_peer(struct scripted_link *link, gboolean is_first, const guint8 *bytes,
                         gsize size)
{
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(link->received, "%02X", bytes[i]);
    if (link->peer == SCRIPTED_PEER_SILENT)
        return;
    if (link->peer == SCRIPTED_PEER_PROTECTED)
        refuse_to_serve(link);
    else
        bcn_gatt_receive(&link->gatt, is_first, bytes, size);
}

static struct scripted_link *find_link(struct scripted *controller, guint handle)
{
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        if (controller->links[i].up && controller->links[i].handle == handle)
            return &controller->links[i];
    return NULL;
}

static void take_acl(struct scripted *controller, const guint8 *packet, gsize size)
{
    guint head = packet[1] + 256U * packet[2], flags = head >> 12 & 3;
    struct scripted_link *link = find_link(controller, head & 0x0FFF);
    if (link == NULL)
        return; /* it crossed the end on its way */
    if (size - 5 > controller->acl_size)
        fault(controller, "an ACL packet is larger than the buffer");
    if (++controller->acl_used > controller->acl_packets)
        fault(controller, "more ACL packets than buffers");
    if (flags != 0 && flags != 1)
        fault(controller, "boundary flags that a host may not use");
    if (!controller->keeps_buffers) {
        const guint8 event[5] = {1, packet[1], packet[2] & 0x0F, 1, 0};
        controller->acl_used--;
        scripted_event(controller, 0x13, event, sizeof event);
    }
    give_to_peer(link, flags == 0, packet + 5, size - 5);
}

static gboolean take_packet(struct scripted *controller)
{
    GByteArray *in = controller->in;
    gsize size = 0;
    if (in->len >= 4 && in->data[0] == 1)
        size = 4U + in->data[3];
    else if (in->len >= 5 && in->data[0] == 2)
        size = 5U + in->data[3] + 256U * in->data[4];
    else if (in->len > 0 && in->data[0] != 1 && in->data[0] != 2)
        g_error("the host sent a packet of type %u", in->data[0]);
    if (size == 0 || size > in->len)
        return FALSE;
    guint8 *packet = g_memdup2(in->data, size);
    g_byte_array_remove_range(in, 0, (guint)size);
    if (packet[0] == 1)
        scripted_wire_command(controller, packet, size);
    else
        take_acl(controller, packet, size);
    g_free(packet);
    return controller->fd >= 0;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    (void)condition;
    struct scripted *controller = user;
    guint8 bytes[4096];
    gssize got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) {
        hang_up(controller);
        return G_SOURCE_CONTINUE;
    }
    g_byte_array_append(controller->in, bytes, (guint)got);
    while (take_packet(controller))
        continue;
    flush(controller);
    return G_SOURCE_CONTINUE;
}

/* ---- The socket ---- */

static GSource *watch(struct scripted *controller, int fd, GUnixFDSourceFunc func)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(source, G_SOURCE_FUNC(func), controller, NULL);
    g_source_attach(source, controller->context);
    return source;
}

static gboolean on_caller(gint fd, GIOCondition condition, gpointer user)
{
    (void)condition;
    struct scripted *controller = user;
    hang_up(controller);
    controller->fd = accept(fd, NULL, NULL);
    g_assert(controller->fd >= 0);
    controller->connections++;
    controller->reading = watch(controller, controller->fd, on_readable);
    return G_SOURCE_CONTINUE;
}

void scripted_vanish(struct scripted *controller)
{
    scripted_close(controller);
    drop_source(&controller->accepting);
    if (controller->listening >= 0) {
        close(controller->listening);
        g_unlink(controller->path);
    }
    controller->listening = -1;
}

void scripted_come_back(struct scripted *controller)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_strlcpy(name.sun_path, controller->path, sizeof name.sun_path);
    controller->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_assert(controller->listening >= 0);
    g_assert(bind(controller->listening, (struct sockaddr *)&name, sizeof name) == 0);
    g_assert(listen(controller->listening, 4) == 0);
    controller->accepting = watch(controller, controller->listening, on_caller);
}

gboolean scripted_run(struct scripted *controller)
{
    gboolean did = FALSE;
    while (g_main_context_iteration(controller->context, FALSE))
        did = TRUE;
    while (flush(controller))
        did = TRUE;
    return did;
}

struct scripted *scripted_new(beacon_clock *clock, guint kind)
{
    struct scripted *controller = g_new0(struct scripted, 1);
    controller->context = g_main_context_new();
    controller->clock = beacon_clock_ref(clock);
    controller->kind = kind;
    controller->folder = g_dir_make_tmp("scripted-XXXXXX", NULL);
    controller->path = g_build_filename(controller->folder, "socket", NULL);
    controller->address = g_strconcat("h4:", controller->path, NULL);
    controller->fd = -1;
    controller->in = g_byte_array_new();
    controller->out = g_byte_array_new();
    controller->states = G_GUINT64_CONSTANT(0x000003FFFFFFFFFF);
    controller->acl_packets = 4;
    controller->acl_size = 27;
    controller->credits = 1;
    controller->late_us = 1000000;
    memcpy(controller->identifier.bytes, "an iPhone is", 12);
    controller->rules = g_array_new(FALSE, FALSE, sizeof(struct scripted_rule));
    controller->commands = g_array_new(FALSE, FALSE, sizeof(struct scripted_command));
    controller->airs = g_array_new(FALSE, FALSE, sizeof(struct scripted_air));
    controller->faults = g_string_new(NULL);
    scripted_come_back(controller);
    return controller;
}

void scripted_free(struct scripted *controller)
{
    scripted_vanish(controller);
    g_rmdir(controller->folder);
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        if (controller->links[i].received != NULL)
            g_string_free(controller->links[i].received, TRUE);
    g_array_unref(controller->rules);
    g_array_unref(controller->commands);
    g_array_unref(controller->airs);
    g_string_free(controller->faults, TRUE);
    g_byte_array_unref(controller->in);
    g_byte_array_unref(controller->out);
    beacon_clock_unref(controller->clock);
    g_main_context_unref(controller->context);
    g_free(controller->address);
    g_free(controller->path);
    g_free(controller->folder);
    g_free(controller);
}
