/* SPDX-License-Identifier: MIT */
/* Server-sent events: the view, whenever it changes. No more than one event waits for a client; who
 * does not take it in time is dropped, and who was slow gets the newest one next. */
#include "web_parts.h"

#include <string.h>

enum {
    INTERVAL_MS = 100, /* between events, at least */
    BEAT_S = 5,        /* between signs of life */
    PATIENCE_S = 10,   /* until an event is taken */
};

struct stream {
    struct web_events *events;
    SoupServerMessage *message;
    char *session;         /* of WEB_TLS */
    gboolean is_under_way; /* a piece is being written, since: */
    gint64 since_us;
    gboolean is_behind; /* the view has changed since the last piece */
};

struct web_events {
    struct web *web;
    GPtrArray *streams;
    GBytes *event; /* the view; NULL: to be made anew */
    guint watch;
    guint timer; /* until the next event may be sent */
    guint beat;
    gint64 sent_us;
};

static GBytes *event_of(struct web_events *events)
{
    char *json, *text;

    if (events->event == NULL) {
        json = web_view_json(events->web);
        text = g_strdup_printf("data: %s\n\n", json);
        events->event = g_bytes_new_take(text, strlen(text));
        g_free(json);
    }
    return events->event;
}

static void write_piece(struct stream *stream, GBytes *bytes)
{
    stream->is_under_way = TRUE;
    stream->since_us = g_get_monotonic_time();
    soup_message_body_append_bytes(soup_server_message_get_response_body(stream->message), bytes);
    soup_server_message_unpause(stream->message);
}

static void send_view(struct stream *stream)
{
    if (stream->is_under_way) {
        stream->is_behind = TRUE;
        return;
    }
    stream->is_behind = FALSE;
    write_piece(stream, event_of(stream->events));
}

static void on_wrote(SoupServerMessage *message, struct stream *stream)
{
    (void)message;
    stream->is_under_way = FALSE;
    if (stream->is_behind)
        send_view(stream);
}

/* The connection has ended. */
static void on_finished(SoupServerMessage *message, struct stream *stream)
{
    g_signal_handlers_disconnect_by_data(message, stream);
    if (stream->events != NULL)
        g_ptr_array_remove(stream->events->streams, stream);
    g_free(stream->session);
    g_object_unref(message);
    g_free(stream);
}

/* Ends a stream; it finishes by itself then, since its connection is cut. */
static void drop(struct stream *stream)
{
    web_gate_drop(stream->events->web->gate, stream->message);
    soup_message_body_complete(soup_server_message_get_response_body(stream->message));
    soup_server_message_unpause(stream->message);
}

static void send_all(struct web_events *events)
{
    events->sent_us = g_get_monotonic_time();
    g_clear_pointer(&events->event, g_bytes_unref);
    for (guint i = 0; i < events->streams->len; i++)
        send_view(g_ptr_array_index(events->streams, i));
}

static gboolean on_timer(gpointer user)
{
    struct web_events *events = user;

    events->timer = 0;
    send_all(events);
    return G_SOURCE_REMOVE;
}

static void on_change(struct door *door, gpointer user)
{
    struct web_events *events = user;
    gint64 passed_ms = (g_get_monotonic_time() - events->sent_us) / 1000;

    (void)door;
    if (events->streams->len == 0)
        g_clear_pointer(&events->event, g_bytes_unref);
    else if (events->timer == 0 && passed_ms >= INTERVAL_MS)
        send_all(events);
    else if (events->timer == 0)
        events->timer = g_timeout_add((guint)(INTERVAL_MS - passed_ms), on_timer, events);
}

static gboolean has_lost_session(struct stream *stream)
{
    struct web_pin *pin = stream->events->web->pin;

    return stream->session != NULL && !web_pin_has(pin, stream->session);
}

static gboolean on_beat(gpointer user)
{
    static const char beat[] = "event: beat\ndata:\n\n";
    struct web_events *events = user;
    gint64 limit = g_get_monotonic_time() - PATIENCE_S * (gint64)G_USEC_PER_SEC;
    GBytes *bytes = g_bytes_new_static(beat, sizeof beat - 1);

    for (guint i = events->streams->len; i > 0; i--) {
        struct stream *stream = g_ptr_array_index(events->streams, i - 1);

        if (has_lost_session(stream) || (stream->is_under_way && stream->since_us < limit))
            drop(stream);
        else if (!stream->is_under_way)
            write_piece(stream, bytes);
    }
    g_bytes_unref(bytes);
    return G_SOURCE_CONTINUE;
}

struct web_events *web_events_new(struct web *web)
{
    struct web_events *events = g_new0(struct web_events, 1);

    events->web = web;
    events->streams = g_ptr_array_new();
    events->watch = door_watch(web->door, on_change, events);
    events->beat = g_timeout_add_seconds(BEAT_S, on_beat, events);
    return events;
}

struct web_events *web_events_free(struct web_events *events)
{
    if (events == NULL)
        return NULL;
    door_unwatch(events->web->door, events->watch);
    g_source_remove(events->beat);
    if (events->timer != 0)
        g_source_remove(events->timer);
    for (guint i = 0; i < events->streams->len; i++)
        ((struct stream *)g_ptr_array_index(events->streams, i))->events = NULL;
    g_ptr_array_unref(events->streams);
    g_clear_pointer(&events->event, g_bytes_unref);
    g_free(events);
    return NULL;
}

void web_events_add(struct web_events *events, SoupServerMessage *message, const char *session)
{
    static const char first[] = "retry: 1000\n\n";
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
    SoupMessageBody *body = soup_server_message_get_response_body(message);
    struct stream *stream = g_new0(struct stream, 1);

    stream->events = events;
    stream->message = g_object_ref(message);
    stream->session = g_strdup(session);
    g_ptr_array_add(events->streams, stream);
    soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
    soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
    soup_message_headers_replace(headers, "Connection", "close");
    soup_message_headers_set_content_type(headers, "text/event-stream", NULL);
    soup_message_body_set_accumulate(body, FALSE);
    g_signal_connect(message, "wrote-chunk", G_CALLBACK(on_wrote), stream);
    g_signal_connect(message, "finished", G_CALLBACK(on_finished), stream);
    web_gate_streams(events->web->gate, message);
    stream->is_under_way = TRUE;
    stream->is_behind = TRUE; /* the view follows */
    stream->since_us = g_get_monotonic_time();
    soup_message_body_append(body, SOUP_MEMORY_STATIC, first, sizeof first - 1);
}
