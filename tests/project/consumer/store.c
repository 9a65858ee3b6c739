/* SPDX-License-Identifier: MIT */
/* A program of somebody else's that uses libbeacon-store, and libbeacon beside it, as installed. */
#include <beacon/exchange.h>
#include <beacon/match.h>

#include <stdio.h>
#include <string.h>

static gboolean keep(const struct beacon_published_key *key, uint64_t record, gpointer user)
{
    struct beacon_published_key *kept = user;

    *kept = *key;
    return record == 1;
}

int main(void)
{
    const struct beacon_published_key key = {.daily_key = {.bytes = {1, 2, 3}},
                                             .slots_per_day = BEACON_SLOTS_PER_DAY,
                                             .start_ms = INT64_C(1596844800000),
                                             .end_ms = INT64_C(1596931199000)};
    struct beacon_published_key back;
    struct beacon_key_list_writer writer;
    GError *error = NULL;
    FILE *file = tmpfile();

    if (file == NULL || !beacon_key_list_open(&writer, file, "list", &error) ||
        !beacon_key_list_add(&writer, &key, &error) || !beacon_key_list_close(&writer, &error))
        return 1;
    rewind(file);
    if (!beacon_key_list_read(file, "list", keep, NULL, &back, &error))
        return 1;
    fclose(file);
    printf("%llu slots\n", (unsigned long long)beacon_published_key_slots(&back));
    return beacon_published_key_slots(&back) == 96 &&
                   memcmp(&back.daily_key, &key.daily_key, sizeof(key.daily_key)) == 0
               ? 0
               : 1;
}
