/* SPDX-License-Identifier: MIT */
/* Any bytes as a key bundle: refused with an error, or read to the end; what is read is what the
 * engine takes. */
#include <beacon/bundle.h>

#include "fuzz/replay.h"

#include <stdlib.h>

static void read_all(beacon_bundle_reader *reader)
{
    struct beacon_published_key keys[7];
    GError *error = NULL;
    gssize count;

    while ((count = beacon_bundle_next(reader, keys, 7, &error)) > 0)
        for (gssize i = 0; i < count; i++)
            if (beacon_published_key_check(&keys[i]) != 0)
                abort();
    if (count == 0)
        beacon_bundle_finish(reader, NULL, 0, &error);
    g_clear_error(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = tmpfile();
    beacon_bundle_reader *reader;
    GError *error = NULL;

    if (!file || fwrite(data, 1, size, file) != size)
        abort();
    rewind(file);
    reader = beacon_bundle_open(file, "fuzz", &error);
    if (reader)
        read_all(reader);
    else if (!error)
        abort();
    g_clear_error(&error);
    beacon_bundle_free(reader);
    fclose(file);
    return 0;
}
