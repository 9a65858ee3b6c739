/* SPDX-License-Identifier: MIT */
/* btsnoop files for tests, put together from the format's description, apart from the library's
 * writer. */
#ifndef SNOOP_BYTES_H
#define SNOOP_BYTES_H

#include <glib.h>

/* 2000-01-01 in btsnoop's microseconds, as BlueZ has it (src/shared/btsnoop.c), and in Unix's. */
#define SNOOP_2000_US G_GINT64_CONSTANT(0x00E03AB44A676000)
#define UNIX_2000_US  G_GINT64_CONSTANT(946684800000000)

static inline void snoop_put_32(GByteArray *bytes, guint32 number)
{
    const guint8 octets[4] = {(guint8)(number >> 24), (guint8)(number >> 16), (guint8)(number >> 8),
                              (guint8)number};

    g_byte_array_append(bytes, octets, 4);
}

static inline guint32 snoop_get_32(const guint8 *octets)
{
    return (guint32)octets[0] << 24 | (guint32)octets[1] << 16 | (guint32)octets[2] << 8 |
           octets[3];
}

static inline void snoop_set_32(GByteArray *bytes, guint at, guint32 number)
{
    for (guint i = 0; i < 4; i++)
        bytes->data[at + i] = (guint8)(number >> (24 - 8 * i));
}

static inline GByteArray *snoop_file(guint32 datalink)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)"btsnoop\0", 8);
    snoop_put_32(bytes, 1);
    snoop_put_32(bytes, datalink);
    return bytes;
}

static inline void snoop_add(GByteArray *bytes, gint64 unix_us, guint32 flags, const guint8 *packet,
                             guint size)
{
    guint64 time = (guint64)(unix_us - UNIX_2000_US + SNOOP_2000_US);

    snoop_put_32(bytes, size);
    snoop_put_32(bytes, size);
    snoop_put_32(bytes, flags);
    snoop_put_32(bytes, 0);
    snoop_put_32(bytes, (guint32)(time >> 32));
    snoop_put_32(bytes, (guint32)time);
    if (size > 0)
        g_byte_array_append(bytes, packet, size);
}

#endif
