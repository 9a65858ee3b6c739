/* SPDX-License-Identifier: MIT */
/* Any bytes as a btsnoop file: read to the end or refused with an error; time never goes back; what
 * is written again is read as it was. */
#include "radio/btsnoop.h"

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static struct bcn_btsnoop *open_bytes(const uint8_t *data, size_t size, GError **error)
{
    FILE *stream = tmpfile();

    require(stream != NULL && fwrite(data, 1, size, stream) == size);
    rewind(stream);
    return bcn_btsnoop_open_stream(stream, "fuzz", error);
}

static gboolean is_hci(const struct bcn_btsnoop_record *record)
{
    return record->packet[0] >= BCN_H4_COMMAND && record->packet[0] <= BCN_H4_ISO;
}

/* Reads all, and writes what is HCI behind a header. */
static GByteArray *copy(struct bcn_btsnoop *file)
{
    GByteArray *bytes = g_byte_array_new();
    struct bcn_btsnoop_record record;
    GError *error = NULL;
    gint64 last_us = 0;
    int more;

    bcn_btsnoop_put_header(bytes);
    while ((more = bcn_btsnoop_next(file, &record, &error)) == 1) {
        require(record.time_us >= last_us && record.size >= 1);
        last_us = record.time_us;
        if (is_hci(&record))
            bcn_btsnoop_put_packet(bytes, record.time_us, record.received, record.packet,
                                   record.size);
    }
    require((more == -1) == (error != NULL));
    g_clear_error(&error);
    return bytes;
}

static void is_the_same_again(const GByteArray *bytes)
{
    struct bcn_btsnoop *file = open_bytes(bytes->data, bytes->len, NULL);

    require(file != NULL);
    require(bcn_btsnoop_whole(bytes->data + 16, bytes->len - 16) == bytes->len - 16);
    GByteArray *again = copy(file);
    require(again->len == bytes->len && memcmp(again->data, bytes->data, bytes->len) == 0);
    g_byte_array_unref(again);
    bcn_btsnoop_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL;
    struct bcn_btsnoop *file = open_bytes(data, size, &error);

    require((file == NULL) == (error != NULL));
    g_clear_error(&error);
    if (file == NULL)
        return 0;
    GByteArray *bytes = copy(file);
    is_the_same_again(bytes);
    g_byte_array_unref(bytes);
    bcn_btsnoop_close(file);
    return 0;
}
