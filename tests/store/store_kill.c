/* SPDX-License-Identifier: MIT */
/* A writer is killed (SIGKILL) at any moment, again and again: no store is damaged, and no row that
 * was told as durable is lost. With BEACON_TEST_CAMPAIGN in the environment, 10 000 times. */
#include "store/made.h"

#include "check_main.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS          300
#define KILLS_CAMPAIGN 10000
#define KILLS_A_STORE  25 /* then another, so that its making is killed as well */
#define KEPT           800

/* What the store must hold: rows by number, the first at most `purged`, the end at least `durable`.
 */
struct promise {
    guint64 first, purged, durable;
};

static char *folder, *path;

static void say(int out, char what, guint64 number)
{
    char line[32];
    const int length = snprintf(line, sizeof(line), "%c%" G_GUINT64_FORMAT "\n", what, number);

    if (write(out, line, (size_t)length) != length)
        _exit(1);
}

static void stop_unless(bool is_good, const GError *error)
{
    if (is_good)
        return;
    fprintf(stderr, "writer: %s\n", error ? error->message : "no error told");
    _exit(1);
}

/* The child: adds, flushes, and tells what is durable; now and then it purges. */
static void write_for_ever(guint64 first, guint64 next, guint32 seed, int out)
{
    const struct beacon_store_options options = {.size = sizeof(options),
                                                 .access = BEACON_STORE_CREATE};
    GRand *random = g_rand_new_with_seed(seed);
    GError *error = NULL;
    beacon_store *store = beacon_store_open(path, &options, &error);

    stop_unless(store != NULL, error);
    for (;;) {
        const guint64 end = next + (guint64)g_rand_int_range(random, 1, 200);

        for (; next < end; next++) {
            const struct beacon_store_row row = made_row(next);

            stop_unless(beacon_store_add(store, &row, &error), error);
        }
        stop_unless(beacon_store_flush(store, &error), error);
        say(out, 'F', next);
        if (next > first + KEPT && g_rand_int_range(random, 0, 4) == 0) {
            first = next - KEPT;
            say(out, 'P', first);
            stop_unless(
                beacon_store_purge(store, MADE_START_MS + (gint64)first * 1000, NULL, &error),
                error);
        }
    }
}

static void hear(struct promise *promise, const char *line)
{
    const guint64 number = g_ascii_strtoull(line + 1, NULL, 10);

    if (line[0] == 'F')
        promise->durable = number;
    else
        promise->purged = number;
}

/* Lines until the child is dead; it is killed after some of them, and a little later. */
static void watch(pid_t child, FILE *in, GRand *random, struct promise *promise)
{
    gint lines = g_rand_int_range(random, 0, 6);
    const guint32 late_us = (guint32)g_rand_int_range(random, 0, 8000);
    char line[32];

    while (lines-- > 0) {
        ck_assert_msg(fgets(line, sizeof(line), in) != NULL, "the writer has ended by itself");
        hear(promise, line);
    }
    g_usleep(late_us); /* the moment is what is tried, whichever it is */
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    while (fgets(line, sizeof(line), in))
        hear(promise, line);
}

static void kill_once(struct promise *promise, guint64 next, GRand *random)
{
    const guint32 seed = g_rand_int(random);
    int ends[2], status;
    pid_t child;
    FILE *in;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        write_for_ever(promise->first, next, seed, ends[1]);
    }
    close(ends[1]);
    in = fdopen(ends[0], "r");
    watch(child, in, random, promise);
    fclose(in);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status), "the writer has ended by itself");
}

/* True if there is a store, which is as promised. Where its making was killed there may be none. */
static bool verify(struct promise *promise, BeaconStoreAccess access, guint64 *ret_next)
{
    const struct beacon_store_options options = {.size = sizeof(options), .access = access};
    struct beacon_store_report report;
    GError *error = NULL;
    beacon_store *store = beacon_store_open(path, &options, &error);
    GArray *rows;

    if (!store && promise->durable == 0) {
        ck_assert_msg(error->code == BEACON_STORE_ERROR_MISSING ||
                          error->code == BEACON_STORE_ERROR_FORMAT,
                      "%s", error->message);
        g_error_free(error);
        return false;
    }
    must(store != NULL, error);
    must(beacon_store_check(store, &report, &error), error);
    ck_assert_msg(report.database_is_whole && report.damaged_chunks == 0, "%s",
                  report.first_problem);
    rows = made_read(store);
    if (rows->len > 0)
        promise->first =
            (guint64)(g_array_index(rows, struct beacon_store_row, 0).sighting.time_ms -
                      MADE_START_MS) /
            1000;
    ck_assert_uint_le(promise->first, promise->purged);
    ck_assert_uint_ge(promise->first + rows->len, promise->durable);
    for (guint i = 0; i < rows->len; i++)
        ck_assert(
            made_is_row(&g_array_index(rows, struct beacon_store_row, i), promise->first + i));
    *ret_next = promise->first + rows->len;
    promise->durable = *ret_next; /* what was there once stays */
    promise->purged = promise->first;
    g_array_unref(rows);
    made_close(store);
    return true;
}

static guint kill_one_store(guint kills, GRand *random)
{
    struct promise promise = {0};
    guint64 next = 0;
    guint done = 0;

    folder = made_folder();
    path = g_build_filename(folder, "log", NULL);
    while (done < kills) {
        kill_once(&promise, next, random);
        verify(&promise, done % 5 == 4 ? BEACON_STORE_WRITE : BEACON_STORE_READ, &next);
        done++;
    }
    g_free(path);
    made_folder_free(folder);
    return done;
}

START_TEST(no_kill_loses_a_durable_row)
{
    const guint kills = g_getenv("BEACON_TEST_CAMPAIGN") ? KILLS_CAMPAIGN : KILLS;
    GRand *random = g_rand_new_with_seed(20200808);
    guint done = 0;

    while (done < kills)
        done += kill_one_store(MIN(KILLS_A_STORE, kills - done), random);
    printf("killed %u times\n", done);
    g_rand_free(random);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a store whose writer is killed");
    TCase *killed = tcase_create("killed");

    tcase_set_timeout(killed, 0);
    tcase_add_test(killed, no_kill_loses_a_durable_row);
    suite_add_tcase(suite, killed);
    return check_main(suite);
}
