/* SPDX-License-Identifier: MIT */
/* beacon-bench: times libbeacon, and what one would do without it, on the same data. */
#include "bench.h"

#include "kernels.h"
#include "peer.h"
#include "hash_peer.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define MUCH_OF_A_CORE 0.9

static const struct bench benches[] = {
    {.name = "hash", .run = bench_hash},
    {.name = "match", .run = bench_match, .subjects = {SUBJECT_SORT, SUBJECT_QSORT}},
    {.name = "scaling", .run = bench_scaling},
    {.name = "advert", .run = bench_advert, .subjects = {SUBJECT_RECOGNISE}},
    {.name = "encounter",
     .run = bench_encounter,
     .subjects = {SUBJECT_DEDUPLICATE, SUBJECT_TABLE, SUBJECT_ENCOUNTER}},
    {.name = "air", .run = bench_air, .subjects = {SUBJECT_AIR}},
    {.name = "exchange",
     .run = bench_exchange,
     .subjects = {SUBJECT_TRACE_READ, SUBJECT_TRACE_WRITE, SUBJECT_LIST_READ, SUBJECT_LIST_WRITE,
                  SUBJECT_BUNDLE_READ, SUBJECT_BUNDLE_WRITE}},
    {.name = "radio", .run = bench_radio, .subjects = {SUBJECT_RADIO}, .waits = TRUE},
    {.name = "store", .run = bench_store, .subjects = {SUBJECT_STORE, SUBJECT_PLAIN}},
    {.name = "door", .run = bench_door, .subjects = {SUBJECT_DOOR}, .waits = TRUE},
};

const struct bench *bench_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++)
        if (strcmp(benches[i].name, name) == 0)
            return &benches[i];
    return NULL;
}

static void list_hash_peers(void)
{
    for (size_t i = 0; hash_peer_at(i); i++)
        printf("  %-22s hash: %s%s\n", hash_peer_at(i)->name, hash_peer_at(i)->about,
               hash_peer_is_built(hash_peer_at(i)) ? "" : " (absent from this build)");
}

static void list_peers(void)
{
    for (size_t i = 0; peer_at(i); i++)
        printf("  %-22s match: %s%s\n", peer_at(i)->name, peer_at(i)->about,
               peer_hash(peer_at(i)) ? "" : " (absent from this build)");
}

static void list_bench(const struct bench *bench)
{
    printf("  %s", bench->name);
    for (size_t i = 0; bench->subjects[i]; i++)
        printf("%s%s", i == 0 ? ": beside kernels and peers, " : ", ", bench->subjects[i]);
    puts("");
}

static void list(void)
{
    puts("Benches");
    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++)
        list_bench(&benches[i]);
    puts("Kernels, best first; each also as \"NAME hash only\" in match");
    for (size_t i = 0; kernel_name(i); i++)
        printf("  %-22s %s\n", kernel_name(i),
               kernel_runs_here(kernel_name(i)) ? "runs here" : "does not run on this machine");
    puts("Peers");
    list_hash_peers();
    list_peers();
    puts("Variants of match");
    for (size_t i = 0; bench_match_variant(i); i++)
        printf("  %s\n", bench_match_variant(i));
}

static void check_variants(const GPtrArray *asked)
{
    for (guint i = 0; i < asked->len; i++) {
        size_t number = 0;

        while (bench_match_variant(number) &&
               g_ascii_strcasecmp(bench_match_variant(number), asked->pdata[i]) != 0)
            number++;
        if (!bench_match_variant(number))
            usage_error("no variant is called '%s'", (char *)asked->pdata[i]);
    }
}

/* A kernel that is not known is a usage error; one that does not run here is a fact. */
static void check_kernel(const char *name)
{
    if (!name)
        return;
    if (!kernel_is_known(name))
        usage_error("no kernel is called '%s'", name);
    if (!kernel_runs_here(name)) {
        g_printerr("beacon-bench: the kernel %s does not run on this machine\n", name);
        exit(EXIT_FAILURE);
    }
}

static bool is_listed_subject(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++)
        for (size_t j = 0; benches[i].subjects[j]; j++)
            if (g_ascii_strcasecmp(benches[i].subjects[j], name) == 0)
                return true;
    return false;
}

static bool is_peer(const char *name)
{
    for (size_t i = 0; peer_at(i); i++)
        if (g_ascii_strcasecmp(peer_at(i)->name, name) == 0)
            return true;
    for (size_t i = 0; hash_peer_at(i); i++)
        if (g_ascii_strcasecmp(hash_peer_at(i)->name, name) == 0)
            return true;
    return false;
}

static bool is_kernel(const char *name)
{
    bool found = false;

    for (size_t i = 0; kernel_name(i) && !found; i++) {
        char *hash_only = g_strdup_printf("%s hash only", kernel_name(i));

        found = g_ascii_strcasecmp(kernel_name(i), name) == 0 ||
                g_ascii_strcasecmp(hash_only, name) == 0;
        g_free(hash_only);
    }
    return found;
}

static void check_subjects(const struct session *session)
{
    const GPtrArray *asked = session->options.subjects;

    for (guint i = 0; i < asked->len; i++) {
        const char *name = asked->pdata[i];

        if (!is_kernel(name) && !is_peer(name) && !is_listed_subject(name) &&
            !(session->with_wrong && strcmp(name, "wrong") == 0))
            usage_error("nothing here is called '%s'", name);
    }
}

/*
 * Figures of a build with sanitizers are not to be had. The test suite, which often is such a
 * build, sets BEACON_BENCH_TEST to see the rest of the program work: "run", or "wrong" to let
 * subjects take part that give wrong results.
 */
static void check_build(struct session *session)
{
    const char *test = g_getenv("BEACON_BENCH_TEST");

    session->with_wrong = g_strcmp0(test, "wrong") == 0;
    if (machine_spoiled() && !test) {
        g_printerr("beacon-bench: %s: figures would mean nothing\n", machine_spoiled());
        exit(EXIT_FAILURE);
    }
    if (machine_spoiled())
        report_note(session->report, "%s: these figures mean nothing", machine_spoiled());
}

/* Benches that do not wait for others show by their share of a core what else was running. */
static void note_company(struct session *session, double running, double wall)
{
    if (running < MUCH_OF_A_CORE * wall)
        report_note(session->report,
                    "the machine was busy: this program got %.0f %% of a core; times are of its "
                    "own running, except in scaling",
                    100 * running / wall);
}

static void measure_all(struct session *session)
{
    double start = machine_wall_seconds(), wall = 0, running = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++)
        if (options_want(session->options.benches, benches[i].name)) {
            double wall_before = machine_wall_seconds(), running_before = machine_seconds();

            benches[i].run(session);
            if (benches[i].waits)
                continue;
            wall += machine_wall_seconds() - wall_before;
            running += machine_seconds() - running_before;
        }
    session->report->seconds = machine_wall_seconds() - start;
    note_company(session, running, wall);
    if (session->clocks_ghz->len == 0) {
        double clock_ghz = machine_clock_ghz();

        g_array_append_val(session->clocks_ghz, clock_ghz);
    }
    session->report->machine.clock_ghz = median_of(session->clocks_ghz);
}

/* Shows what there is; the exit status. */
static int show(const struct session *session)
{
    const struct report *report = session->report;
    const bool is_measured = report->rows->len > 0 || report->has_figures;
    GError *error = NULL;

    if (session->options.json)
        report_json(report, stdout);
    else
        report_table(report, stdout);
    if (session->options.svg && !report_svg(report, session->options.svg, &error)) {
        g_printerr("beacon-bench: %s\n", error->message);
        g_clear_error(&error);
        return EXIT_FAILURE;
    }
    if (!is_measured)
        g_printerr("beacon-bench: nothing was measured\n");
    return is_measured && report->errors->len == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    struct session session = {.clocks_ghz = g_array_new(FALSE, FALSE, sizeof(double))};
    int status = EXIT_SUCCESS;

    if (sodium_init() < 0)
        return EXIT_FAILURE;
    options_read(&session.options, argc, argv);
    if (session.options.list) {
        list();
    } else {
        check_kernel(session.options.kernel);
        check_variants(session.options.variants);
        session.best = kernel_best();
        session.report = report_new();
        session.report->machine = machine_read();
        check_build(&session);
        check_subjects(&session);
        measure_all(&session);
        status = show(&session);
        report_free(session.report);
    }
    options_clear(&session.options);
    g_array_free(session.clocks_ghz, TRUE);
    return status;
}
