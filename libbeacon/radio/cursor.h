/* SPDX-License-Identifier: MIT */
/* A bounded cursor over little-endian bytes: what does not fit is not read or written, and the
 * cursor remembers that it failed. */
#ifndef BCN_RADIO_CURSOR_H
#define BCN_RADIO_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Reads: `data` and `size` are what is left. */
struct bcn_reader {
    const uint8_t *data;
    size_t size;
    bool failed; /* something was asked for that is not there; from then on all is zero */
};

static inline struct bcn_reader bcn_reader(const uint8_t *data, size_t size)
{
    return (struct bcn_reader){.data = data, .size = size, .failed = false};
}

/* The next `size` bytes, or NULL. */
static inline const uint8_t *bcn_take(struct bcn_reader *reader, size_t size)
{
    const uint8_t *taken = reader->data;

    if (reader->failed || size > reader->size) {
        reader->failed = true;
        return NULL;
    }
    if (size > 0)
        reader->data += size;
    reader->size -= size;
    return taken;
}

static inline uint8_t bcn_take_8(struct bcn_reader *reader)
{
    const uint8_t *bytes = bcn_take(reader, 1);

    return bytes ? bytes[0] : 0;
}

static inline uint16_t bcn_take_16(struct bcn_reader *reader)
{
    const uint8_t *bytes = bcn_take(reader, 2);

    if (!bytes)
        return 0;
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* Whether all was there, and nothing is left over. */
static inline bool bcn_reader_at_end(const struct bcn_reader *reader)
{
    return !reader->failed && reader->size == 0;
}

/* Writes into `room` bytes, of which `size` are written. */
struct bcn_writer {
    uint8_t *bytes;
    size_t room;
    size_t size;
    bool failed; /* something did not fit; nothing more is written */
};

static inline struct bcn_writer bcn_writer(uint8_t *bytes, size_t room)
{
    return (struct bcn_writer){.bytes = bytes, .room = room, .size = 0, .failed = false};
}

static inline void bcn_put(struct bcn_writer *writer, const void *bytes, size_t size)
{
    if (writer->failed || size > writer->room - writer->size) {
        writer->failed = true;
        return;
    }
    if (size > 0)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

static inline void bcn_put_8(struct bcn_writer *writer, unsigned int number)
{
    const uint8_t byte = (uint8_t)number;

    bcn_put(writer, &byte, 1);
}

static inline void bcn_put_16(struct bcn_writer *writer, unsigned int number)
{
    const uint8_t bytes[2] = {(uint8_t)(number & 0xFF), (uint8_t)(number >> 8 & 0xFF)};

    bcn_put(writer, bytes, sizeof(bytes));
}

#endif
