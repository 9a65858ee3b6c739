/* SPDX-License-Identifier: MIT */
/* Connections of the page: how many in all, of one network and of one address, how fast they may
 * come, and how long each may take. What the network does is never at the cost of the local screen,
 * and whoever uses a place least makes room for who comes, so that none shuts the others out. */
#include "web_parts.h"

#include "say.h"

#include <string.h>
#include <sys/socket.h>

enum {
    CONNECTIONS = 128,
    PEER_CONNECTIONS = 8, /* of one address: a browser opens six */
    ACCEPTED_A_SECOND = 40,
    PEER_ACCEPTED = ACCEPTED_A_SECOND / 2,
    IDLE_S = 10,
    BACKLOG = 64,
    SEND_BUFFER = 16384, /* what the kernel may hold for a client that does not read */
};

struct connection {
    struct web_gate *gate;
    enum web_place place;
    GSocket *socket;
    GSocketAddress *remote; /* the very object that requests have */
    char *peer, *network;
    gint64 since_us;
    gboolean streams, is_cut;
};

struct web_gate {
    GPtrArray *connections; /* oldest first */
    guint limit, idle_s;
    guint sweep;
    gint64 second;       /* that `accepted` is of */
    GPtrArray *accepted; /* peers, once for each time */
};

/* Whoever reads or writes it learns that it has ended. */
static void cut(struct connection *connection)
{
    connection->is_cut = TRUE;
    g_socket_shutdown(connection->socket, TRUE, TRUE, NULL);
}

static void on_stream_gone(gpointer user, GObject *stream)
{
    struct connection *connection = user;

    (void)stream;
    if (connection->gate != NULL)
        g_ptr_array_remove(connection->gate->connections, connection);
    g_object_unref(connection->socket);
    g_object_unref(connection->remote);
    g_free(connection->peer);
    g_free(connection->network);
    g_free(connection);
}

static gboolean sweep(gpointer user)
{
    struct web_gate *gate = user;
    gint64 limit = g_get_monotonic_time() - (gint64)gate->idle_s * G_USEC_PER_SEC;

    for (guint i = 0; i < gate->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(gate->connections, i);

        if (!connection->streams && connection->since_us < limit)
            cut(connection);
    }
    return G_SOURCE_CONTINUE;
}

struct web_gate *web_gate_new(guint connections, guint idle_s)
{
    struct web_gate *gate = g_new0(struct web_gate, 1);

    gate->connections = g_ptr_array_new();
    gate->accepted = g_ptr_array_new_with_free_func(g_free);
    gate->limit = connections > 0 ? connections : CONNECTIONS;
    gate->idle_s = idle_s > 0 ? idle_s : IDLE_S;
    gate->sweep = g_timeout_add_seconds(1, sweep, gate);
    return gate;
}

struct web_gate *web_gate_free(struct web_gate *gate)
{
    if (gate == NULL)
        return NULL;
    g_source_remove(gate->sweep);
    for (guint i = 0; i < gate->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(gate->connections, i);

        cut(connection);
        connection->gate = NULL;
    }
    g_ptr_array_unref(gate->connections);
    g_ptr_array_unref(gate->accepted);
    g_free(gate);
    return NULL;
}

char *web_gate_peer(GSocketAddress *address)
{
    return g_inet_address_to_string(
        g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}

/* Whoever has one address of IPv6 has its whole network of 64 bits. */
static char *network_of(GSocketAddress *address)
{
    GInetAddress *inet = g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address));
    const guint8 *bytes = g_inet_address_to_bytes(inet);

    if (g_inet_address_get_family(inet) != G_SOCKET_FAMILY_IPV6)
        return g_inet_address_to_string(inet);
    return g_strdup_printf("%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", bytes[0], bytes[1], bytes[2],
                           bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}

/* Connections of the local screen or of all others; name: of one address or network; NULL: all. */
struct scope {
    gboolean local;
    const char *name;
};

static gboolean is_within(const struct connection *connection, const struct scope *scope)
{
    return (connection->place == WEB_LOCAL) == scope->local &&
           (scope->name == NULL || strcmp(connection->peer, scope->name) == 0 ||
            strcmp(connection->network, scope->name) == 0);
}

static guint count(const struct web_gate *gate, const struct scope *scope)
{
    guint result = 0;

    for (guint i = 0; i < gate->connections->len; i++)
        result += is_within(g_ptr_array_index(gate->connections, i), scope) ? 1 : 0;
    return result;
}

/* The one that has kept a place longest without using it; NULL when all are streams. */
static struct connection *longest_idle(const struct web_gate *gate, const struct scope *scope)
{
    struct connection *result = NULL;

    for (guint i = 0; i < gate->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(gate->connections, i);

        if (is_within(connection, scope) && !connection->streams && !connection->is_cut &&
            (result == NULL || connection->since_us < result->since_us))
            result = connection;
    }
    return result;
}

static struct connection *oldest_stream(const struct web_gate *gate)
{
    for (guint i = 0; i < gate->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(gate->connections, i);

        if (connection->place == WEB_LOCAL && connection->streams && !connection->is_cut)
            return connection;
    }
    return NULL;
}

/* A place is given up by who uses it least. One that is cut is counted until it has gone: so that
 * this too is bounded, by half as many again. */
static gboolean has_room(const struct web_gate *gate, const struct scope *scope, guint limit)
{
    guint taken = count(gate, scope);
    struct connection *victim;

    if (taken < limit)
        return TRUE;
    if (taken >= limit + limit / 2)
        return FALSE;
    victim = longest_idle(gate, scope);
    if (victim == NULL && scope->local)
        victim = oldest_stream(gate);
    if (victim != NULL)
        cut(victim);
    return victim != NULL;
}

/* Each connection of the network may cost a handshake, and none takes all that may come. */
static gboolean is_in_time(struct web_gate *gate, const char *peer)
{
    gint64 second = g_get_monotonic_time() / G_USEC_PER_SEC;
    guint of_peer = 0;

    if (second != gate->second) {
        gate->second = second;
        g_ptr_array_set_size(gate->accepted, 0);
    }
    for (guint i = 0; i < gate->accepted->len; i++)
        of_peer += strcmp(g_ptr_array_index(gate->accepted, i), peer) == 0 ? 1 : 0;
    if (gate->accepted->len >= ACCEPTED_A_SECOND || of_peer >= PEER_ACCEPTED)
        return FALSE;
    g_ptr_array_add(gate->accepted, g_strdup(peer));
    return TRUE;
}

static gboolean is_let_in(struct web_gate *gate, enum web_place place, const char *peer,
                          const char *network)
{
    const struct scope of_peer = {FALSE, peer}, of_network = {FALSE, network};
    const struct scope all = {place == WEB_LOCAL, NULL};
    guint limit = MAX(gate->limit / 2, 1);

    if (place == WEB_LOCAL)
        return has_room(gate, &all, limit);
    return is_in_time(gate, peer) && has_room(gate, &of_peer, PEER_CONNECTIONS) &&
           has_room(gate, &of_network, MAX(limit / 2, 1)) && has_room(gate, &all, limit);
}

static GIOStream *wrap(const struct web_listener *listener, GSocketConnection *plain)
{
    GIOStream *tls;

    if (listener->place != WEB_TLS)
        return g_object_ref(G_IO_STREAM(plain));
    tls = g_tls_server_connection_new(G_IO_STREAM(plain), listener->certificate, NULL);
    if (tls != NULL) /* a peer that goes without a word harms nobody */
        g_tls_connection_set_require_close_notify(G_TLS_CONNECTION(tls), FALSE);
    return tls;
}

static struct connection *keep(struct web_gate *gate, enum web_place place, GSocket *socket,
                               GSocketAddress *remote, const char *peer, const char *network)
{
    struct connection *connection = g_new0(struct connection, 1);

    connection->gate = gate;
    connection->place = place;
    connection->socket = g_object_ref(socket);
    connection->remote = g_object_ref(remote);
    connection->peer = g_strdup(peer);
    connection->network = g_strdup(network);
    connection->since_us = g_get_monotonic_time();
    g_ptr_array_add(gate->connections, connection);
    return connection;
}

static void take(struct web_listener *listener, GSocketConnection *plain, GSocketAddress *remote,
                 GSocketAddress *local, const char *peer, const char *network)
{
    struct web_gate *gate = listener->web->gate;
    GIOStream *stream = wrap(listener, plain);
    struct connection *connection;

    if (stream == NULL)
        return;
    g_socket_set_option(g_socket_connection_get_socket(plain), SOL_SOCKET, SO_SNDBUF, SEND_BUFFER,
                        NULL);
    connection =
        keep(gate, listener->place, g_socket_connection_get_socket(plain), remote, peer, network);
    g_object_weak_ref(G_OBJECT(stream), on_stream_gone, connection);
    soup_server_accept_iostream(listener->soup, stream, local, remote, NULL);
    g_object_unref(stream);
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *plain, GObject *source,
                            gpointer user)
{
    struct web_listener *listener = user;
    GSocketAddress *remote = g_socket_connection_get_remote_address(plain, NULL);
    GSocketAddress *local = g_socket_connection_get_local_address(plain, NULL);
    char *peer = NULL, *network = NULL;

    (void)service, (void)source;
    if (remote != NULL && local != NULL) { /* else it is gone already */
        peer = web_gate_peer(remote);
        network = network_of(remote);
        if (is_let_in(listener->web->gate, listener->place, peer, network))
            take(listener, plain, remote, local, peer, network);
    }
    g_free(network);
    g_free(peer);
    g_clear_object(&remote);
    g_clear_object(&local);
    return TRUE;
}

static struct connection *find(const struct web_gate *gate, SoupServerMessage *message)
{
    GSocketAddress *remote = soup_server_message_get_remote_address(message);

    for (guint i = 0; i < gate->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(gate->connections, i);

        if (connection->remote == remote)
            return connection;
    }
    return NULL;
}

void web_gate_moved(struct web_gate *gate, SoupServerMessage *message)
{
    struct connection *connection = find(gate, message);

    if (connection != NULL) {
        connection->since_us = g_get_monotonic_time();
        connection->streams = FALSE;
    }
}

void web_gate_streams(struct web_gate *gate, SoupServerMessage *message)
{
    struct connection *connection = find(gate, message);

    if (connection != NULL)
        connection->streams = TRUE;
}

void web_gate_drop(struct web_gate *gate, SoupServerMessage *message)
{
    struct connection *connection = find(gate, message);

    if (connection != NULL)
        cut(connection);
}

/* "127.0.0.1:8740", "[::1]:8740": numbers alone, so that nothing waits for a name. */
static GSocketAddress *read_address(const char *text, enum web_place place, GError **error)
{
    const char *colon = strrchr(text, ':');
    gboolean bracketed = text[0] == '[' && colon > text + 2 && colon[-1] == ']';
    GSocketAddress *result = NULL;
    guint64 port;
    char *host;

    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL)) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                    _("\"%s\" is not an address and a port, as in \"127.0.0.1:8740\""), text);
        return NULL;
    }
    host = bracketed ? g_strndup(text + 1, (gsize)(colon - text) - 2)
                     : g_strndup(text, (gsize)(colon - text));
    if (bracketed == (strchr(host, ':') != NULL))
        result = g_inet_socket_address_new_from_string(host, (guint)port);
    g_free(host);
    if (result == NULL)
        g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                    _("\"%s\" is not an address and a port, as in \"127.0.0.1:8740\""), text);
    else if (place == WEB_LOCAL &&
             !g_inet_address_get_is_loopback(
                 g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(result)))) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                    _("\"%s\" is not of this machine alone: without TLS the page listens on "
                      "127.0.0.1 or [::1]"),
                    text);
        g_clear_object(&result);
    }
    return result;
}

static char *uri_of(enum web_place place, GSocketAddress *address)
{
    GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(address);
    char *host = g_inet_address_to_string(g_inet_socket_address_get_address(inet));
    gboolean is_v6 = strchr(host, ':') != NULL;
    char *result =
        g_strdup_printf("%s://%s%s%s:%u/", place == WEB_TLS ? "https" : "http", is_v6 ? "[" : "",
                        host, is_v6 ? "]" : "", g_inet_socket_address_get_port(inet));

    g_free(host);
    return result;
}

gboolean web_gate_listen(struct web_gate *gate, struct web_listener *listener, const char *address,
                         GError **error)
{
    GSocketAddress *wanted = read_address(address, listener->place, error);
    GSocketAddress *taken = NULL;
    GError *cause = NULL;

    (void)gate;
    if (wanted == NULL)
        return FALSE;
    listener->service = g_socket_service_new();
    g_socket_listener_set_backlog(G_SOCKET_LISTENER(listener->service), BACKLOG);
    if (g_socket_listener_add_address(G_SOCKET_LISTENER(listener->service), wanted,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &taken,
                                      &cause)) {
        listener->uri = uri_of(listener->place, taken);
        listener->soup = soup_server_new(NULL, NULL);
        g_signal_connect(listener->service, "incoming", G_CALLBACK(on_incoming), listener);
    } else {
        g_set_error(error, WEB_ERROR, WEB_ERROR_LISTEN, _("cannot listen on %s: %s"), address,
                    cause->message);
        g_error_free(cause);
    }
    g_clear_object(&taken);
    g_object_unref(wanted);
    return listener->soup != NULL;
}

void web_gate_close(struct web_listener *listener)
{
    if (listener->service != NULL) {
        g_socket_service_stop(listener->service);
        g_socket_listener_close(G_SOCKET_LISTENER(listener->service));
        g_signal_handlers_disconnect_by_data(listener->service, listener);
    }
    g_clear_object(&listener->service);
    if (listener->soup != NULL)
        soup_server_disconnect(listener->soup);
    g_clear_object(&listener->soup);
}
