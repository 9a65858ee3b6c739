/* SPDX-License-Identifier: MIT */
/* What the command line asks for. */
#include "options.h"

#include "bench.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX  100000000
#define KEYS_MAX 10000000
#define RUNS_MAX 1000

static const char summary[] =
    "Times libbeacon, and what one would do without it, in turns and on the same data. Every\n"
    "result is checked; a subject that is wrong gets no figure. BENCH is one or more of:\n"
    "\n"
    "  hash        SHA-256 along chains, every kernel that runs here\n"
    "  match       keys against a log, whole\n"
    "  scaling     threads that share one matcher\n"
    "  advert      advertisements recognised\n"
    "  air         advertisements simulated\n"
    "  encounter   sightings thinned, and made into encounters\n"
    "  exchange    files read and written\n"
    "\n"
    "Without a BENCH, all of them: some minutes.";

static const char description[] =
    "Lists are separated by commas, and an option may be given more than once.\n"
    "\n"
    "Examples:\n"
    "  beacon-bench                                      everything, as a table\n"
    "  beacon-bench hash --runs 15                       the kernels alone\n"
    "  beacon-bench match --log 100000 --keys 10000      one size, with all its variants\n"
    "  beacon-bench match --log 1000 --keys 100 --subject avx512,GHashTable+libsodium\n"
    "  beacon-bench match --variant pruned,'clustered pruned'\n"
    "  beacon-bench --kernel shani --json > shani.json\n"
    "  beacon-bench hash match --keys 10000 --svg bench.svg\n"
    "\n"
    "Ends with 0; 1 when a result was wrong or nothing could be measured; 2 for a command line\n"
    "that makes no sense.";

void usage_error(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("beacon-bench: %s (see beacon-bench --help)\n", text);
    g_free(text);
    exit(EXIT_USAGE);
}

void fail(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("beacon-bench: %s\n", text);
    g_free(text);
    exit(EXIT_FAILURE);
}

static void add_names(GPtrArray *names, char **lists)
{
    for (char **list = lists; list && *list; list++) {
        char **parts = g_strsplit(*list, ",", -1);

        for (char **part = parts; *part; part++)
            g_ptr_array_add(names, g_strdup(g_strstrip(*part)));
        g_strfreev(parts);
    }
}

static void add_sizes(GArray *sizes, char **lists, const char *option, guint64 max)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    add_names(names, lists);
    for (guint i = 0; i < names->len; i++) {
        guint64 number;
        gsize size;

        if (!g_ascii_string_to_unsigned(names->pdata[i], 10, 1, max, &number, NULL))
            usage_error("%s '%s': expected a number from 1 to %" G_GUINT64_FORMAT, option,
                        (char *)names->pdata[i], max);
        size = (gsize)number;
        g_array_append_val(sizes, size);
    }
    g_ptr_array_free(names, TRUE);
}

static void add_benches(GPtrArray *benches, int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        if (!bench_named(argv[i]))
            usage_error("no bench is called '%s'", argv[i]);
        g_ptr_array_add(benches, g_strdup(argv[i]));
    }
}

static void options_init(struct options *options)
{
    *options = (struct options){.benches = g_ptr_array_new_with_free_func(g_free),
                                .logs = g_array_new(FALSE, FALSE, sizeof(gsize)),
                                .keys = g_array_new(FALSE, FALSE, sizeof(gsize)),
                                .variants = g_ptr_array_new_with_free_func(g_free),
                                .subjects = g_ptr_array_new_with_free_func(g_free)};
}

void options_clear(struct options *options)
{
    g_ptr_array_free(options->benches, TRUE);
    g_array_free(options->logs, TRUE);
    g_array_free(options->keys, TRUE);
    g_ptr_array_free(options->variants, TRUE);
    g_ptr_array_free(options->subjects, TRUE);
    g_free(options->kernel);
    g_free(options->svg);
}

/* Whatever the locale, numbers and columns come out the same. */
static void parse(GOptionEntry entries[], int *argc, char ***argv)
{
    GOptionContext *context = g_option_context_new("[BENCH...]");
    GError *error = NULL;

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error))
        usage_error("%s", error->message);
    g_option_context_free(context);
}

void options_read(struct options *options, int argc, char *argv[])
{
    char **logs = NULL, **keys = NULL, **variants = NULL, **subjects = NULL;
    char *runs = NULL;
    gboolean json = FALSE, list = FALSE, quiet = FALSE;
    GArray *run_counts = g_array_new(FALSE, FALSE, sizeof(gsize));

    options_init(options);
    parse(
        (GOptionEntry[]){
            {"log", 0, 0, G_OPTION_ARG_STRING_ARRAY, &logs, "Sightings in the log", "N,..."},
            {"keys", 0, 0, G_OPTION_ARG_STRING_ARRAY, &keys, "Keys that are matched", "N,..."},
            {"variant", 0, 0, G_OPTION_ARG_STRING_ARRAY, &variants,
             "Variants of match (--list names them)", "WORDS,..."},
            {"subject", 0, 0, G_OPTION_ARG_STRING_ARRAY, &subjects,
             "Only these: a kernel's or a peer's name", "NAME,..."},
            {"kernel", 0, 0, G_OPTION_ARG_STRING, &options->kernel,
             "Use this kernel, not the best that runs here", "NAME"},
            {"runs", 0, 0, G_OPTION_ARG_STRING, &runs,
             "Runs of each (usually 7, and as few as 3 when they are long)", "N"},
            {"json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object instead of a table", NULL},
            {"svg", 0, 0, G_OPTION_ARG_FILENAME, &options->svg, "Draw the figures as well", "FILE"},
            {"list", 0, 0, G_OPTION_ARG_NONE, &list, "Name benches, kernels, peers and variants",
             NULL},
            {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "No progress on stderr", NULL},
            {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}},
        &argc, &argv);
    add_benches(options->benches, argc, argv);
    add_sizes(options->logs, logs, "--log", LOG_MAX);
    add_sizes(options->keys, keys, "--keys", KEYS_MAX);
    add_sizes(run_counts, runs ? (char *[]){runs, NULL} : NULL, "--runs", RUNS_MAX);
    add_names(options->variants, variants);
    add_names(options->subjects, subjects);
    options->runs = run_counts->len > 0 ? (int)g_array_index(run_counts, gsize, 0) : 0;
    options->json = json;
    options->list = list;
    options->quiet = quiet;
    g_array_free(run_counts, TRUE);
    g_strfreev(logs);
    g_strfreev(keys);
    g_strfreev(variants);
    g_strfreev(subjects);
    g_free(runs);
}

bool options_want(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (g_ascii_strcasecmp(names->pdata[i], name) == 0)
            return true;
    return names->len == 0;
}

size_t options_size(const GArray *asked, size_t usual)
{
    return asked->len > 0 ? g_array_index(asked, size_t, 0) : usual;
}
