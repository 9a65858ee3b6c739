/* SPDX-License-Identifier: MIT */
/* Any bytes as a key bundle: refused with an error, or read to the end; what is read is what the
 * engine takes. */
#include <beacon/bundle.h>

#include "fuzz/replay.h"

#include <stdlib.h>

/* Reads it to its end, after an early decision or without one; whether it was found good. */
static gboolean read_all(beacon_bundle_reader *reader, gboolean is_early)
{
    gboolean is_good = FALSE;
    struct beacon_published_key keys[7];
    GError *error = NULL;
    gssize count = -1;

    if (is_early && !beacon_bundle_accept(reader, NULL, 0, &error)) {
        g_clear_error(&error);
        return FALSE;
    }
    while ((count = beacon_bundle_next(reader, keys, 7, &error)) > 0)
        for (gssize i = 0; i < count; i++)
            if (beacon_published_key_check(&keys[i]) != 0)
                abort();
    if (count == 0)
        is_good = beacon_bundle_finish(reader, NULL, 0, &error);
    g_clear_error(&error);
    return is_good;
}

static gboolean read_file(FILE *file, gboolean is_early)
{
    gboolean is_good = FALSE;
    beacon_bundle_reader *reader;
    GError *error = NULL;

    rewind(file);
    reader = beacon_bundle_open(file, "fuzz", &error);
    if (reader)
        is_good = read_all(reader, is_early);
    else if (!error)
        abort();
    g_clear_error(&error);
    beacon_bundle_free(reader);
    return is_good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = tmpfile();

    if (!file || fwrite(data, 1, size, file) != size)
        abort();
    if (read_file(file, FALSE) != read_file(file, TRUE))
        abort();
    fclose(file);
    return 0;
}
