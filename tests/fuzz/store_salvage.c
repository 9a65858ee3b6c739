/* SPDX-License-Identifier: MIT */
/* Any bytes as a damaged store: salvage refuses them with an error, or makes a store that is whole
 * and has the rows that it told. */
#include "fuzz/replay.h"

#include "fuzz/store_file.h"

static void expect_whole(const char *path, const struct beacon_store_options *options,
                         const struct beacon_store_report *told)
{
    struct beacon_store_report report;
    beacon_store *store = beacon_store_open(path, options, NULL);
    guint64 rows = 0;

    if (!store || !beacon_store_check(store, &report, NULL) || !report.database_is_whole ||
        report.damaged_chunks != 0 || report.sightings != told->sightings ||
        report.encounters != told->encounters || report.undated != told->undated ||
        !beacon_store_read(store, G_MININT64, G_MAXINT64, store_file_take, &rows, NULL) ||
        rows != told->sightings)
        abort();
    beacon_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_file file = store_file_make(data, size);
    const struct beacon_store_options options = {
        .size = sizeof(options), .key_source = BEACON_STORE_KEY_FILE, .key = file.key};
    struct beacon_store_report report;
    GError *error = NULL;

    if (beacon_store_salvage(file.path, file.other, &options, &report, &error))
        expect_whole(file.other, &options, &report);
    else if (!error || access(file.other, F_OK) == 0)
        abort();
    g_clear_error(&error);
    store_file_free(&file);
    return 0;
}
