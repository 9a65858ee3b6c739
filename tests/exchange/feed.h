/* SPDX-License-Identifier: MIT */
/* Streams for the tests of what strangers send: bytes, text made as it is read, text encoded twice.
 */
#ifndef EXCHANGE_FEED_H
#define EXCHANGE_FEED_H

#ifndef _GNU_SOURCE
#error "fopencookie and fmemopen need _GNU_SOURCE"
#endif

#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static inline FILE *feed_bytes(const void *bytes, size_t size)
{
    static char nothing;
    FILE *stream = fmemopen(size ? (void *)(uintptr_t)bytes : &nothing, size ? size : 1, "rb");

    if (!stream)
        abort();
    if (size == 0)
        fgetc(stream);
    return stream;
}

/* A beginning, then a piece many times over, then an end; nobody holds the whole. */
struct feed {
    const char *head;
    const char *piece;
    uint64_t pieces;
    const char *tail;

    uint64_t given;      /* bytes read from it */
    size_t resident;     /* bytes of memory in use when first read */
    size_t resident_max; /* the most seen while it was read */

    uint64_t part; /* where the reading stands: 0 for the head, then the pieces */
    size_t offset;
};

/* Measures without allocating, since a sanitizer keeps what is freed. */
static inline size_t feed_resident(void)
{
    char text[128] = "";
    unsigned long total = 0, resident = 0;
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    if (file < 0 || read(file, text, sizeof(text) - 1) <= 0 ||
        sscanf(text, "%lu %lu", &total, &resident) != 2)
        abort();
    close(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* The part that is read at the moment; NULL at the end. */
static inline const char *feed_part(const struct feed *feed)
{
    if (feed->part == 0)
        return feed->head;
    if (feed->part <= feed->pieces)
        return feed->piece;
    return feed->part == feed->pieces + 1 ? feed->tail : NULL;
}

static inline ssize_t feed_read(void *cookie, char *buffer, size_t size)
{
    struct feed *feed = cookie;
    size_t given = 0, resident = feed_resident();
    const char *part;

    if (feed->given == 0)
        feed->resident = resident;
    if (resident > feed->resident_max)
        feed->resident_max = resident;
    while (given < size && (part = feed_part(feed)) != NULL) {
        size_t rest = strlen(part + feed->offset);
        size_t taken = MIN(rest, size - given);

        memcpy(buffer + given, part + feed->offset, taken);
        given += taken;
        feed->offset += taken;
        if (taken == rest) {
            feed->part++;
            feed->offset = 0;
        }
    }
    feed->given += given;
    return (ssize_t)given;
}

static inline FILE *feed_open(struct feed *feed)
{
    FILE *stream = fopencookie(feed, "r", (cookie_io_functions_t){.read = feed_read});

    if (!stream)
        abort();
    return stream;
}

/* Memory that reading took beyond what was there before. */
static inline size_t feed_growth(const struct feed *feed)
{
    return feed->resident_max - feed->resident;
}

/* The bytes as one JSON string; what need not be escaped stands as it is. Freed with g_string_free.
 */
static inline GString *feed_encoded(const void *bytes, size_t size)
{
    const uint8_t *text = bytes;
    GString *string = g_string_new("\"");

    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x20)
            g_string_append_printf(string, "\\u%04x", text[i]);
        else if (text[i] == '"' || text[i] == '\\')
            g_string_append_printf(string, "\\%c", text[i]);
        else
            g_string_append_c(string, (char)text[i]);
    }
    return g_string_append_c(string, '"');
}

/* Whether a person's terminal may show a message. */
static inline bool feed_is_clean(const char *message)
{
    if (!g_utf8_validate(message, -1, NULL))
        return false;
    for (size_t i = 0; message[i]; i += (size_t)g_utf8_skip[(uint8_t)message[i]])
        if (!g_unichar_isprint(g_utf8_get_char(message + i)))
            return false;
    return true;
}

#endif
