/* SPDX-License-Identifier: MIT */
/* Any bytes as a store that is opened to write, from an older version too: refused with an error,
 * or usable; where its check finds nothing wrong, what is read is as much as it says. */
#include "fuzz/replay.h"

#include "fuzz/store_file.h"

static void use(beacon_store *store)
{
    const struct beacon_store_row row = {
        .sighting = {.time_ms = INT64_C(1596844800000), .rssi_dbm = -60}};
    struct beacon_store_report report;
    struct beacon_store_info info;
    GError *error = NULL;
    guint64 rows = 0;
    gboolean is_read =
        beacon_store_read(store, G_MININT64, G_MAXINT64, store_file_take, &rows, &error);

    if (is_read == (error != NULL))
        abort();
    g_clear_error(&error);
    if (beacon_store_check(store, &report, NULL) && report.database_is_whole &&
        report.damaged_chunks == 0 && (!is_read || rows != report.sightings))
        abort();
    beacon_store_info(store, &info, NULL);
    beacon_store_add(store, &row, NULL);
    beacon_store_flush(store, NULL);
    beacon_store_purge(store, row.sighting.time_ms + 5000, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_file file = store_file_make(data, size);
    const struct beacon_store_options options = {.size = sizeof(options),
                                                 .access = BEACON_STORE_WRITE,
                                                 .key_source = BEACON_STORE_KEY_FILE,
                                                 .key = file.key};
    GError *error = NULL;
    beacon_store *store = beacon_store_open(file.path, &options, &error);

    if (store)
        use(store);
    else if (!error)
        abort();
    g_clear_error(&error);
    beacon_store_free(store);
    store_file_free(&file);
    return 0;
}
