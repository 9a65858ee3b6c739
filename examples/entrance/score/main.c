/* SPDX-License-Identifier: MIT */
/* beacon-door-score: how right a door's verdicts were, by the air's log. */
#include "score.h"

static gboolean run(const char *truth, const char *verdicts_path, gboolean json, GError **error)
{
    struct score score;
    struct verdicts *verdicts = verdicts_read(verdicts_path, error);
    struct truths *truths = verdicts == NULL ? NULL : truths_read(truth, verdicts, error);
    gboolean done = truths != NULL;
    if (done) {
        score_make(&score, verdicts, truths);
        done = json ? score_print_json(&score) : score_print_table(&score);
        score_clear(&score);
        if (!done)
            g_set_error(error, SCORE_ERROR, SCORE_ERROR_IO, "standard output: cannot be written");
    }
    truths_free(truths);
    verdicts_free(verdicts);
    return done;
}

int main(int argc, char *argv[])
{
    char *truth = NULL, *verdicts = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"truth", 0, 0, G_OPTION_ARG_FILENAME, &truth, "what happened, by beacon sim --truth",
         "FILE"},
        {"verdicts", 0, 0, G_OPTION_ARG_FILENAME, &verdicts,
         "what was said, by beacon-entrance --auto --json", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON", NULL},
        {.long_name = NULL},
    };
    GOptionContext *context = g_option_context_new("- how right a door's verdicts were");
    GError *error = NULL;
    int code = 2;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        g_printerr("%s\n", error->message);
    else if (truth == NULL || verdicts == NULL || argc > 1)
        g_printerr("expected --truth FILE --verdicts FILE\n");
    else if (run(truth, verdicts, json, &error))
        code = 0;
    else {
        g_printerr("%s\n", error->message);
        code = g_error_matches(error, SCORE_ERROR, SCORE_ERROR_IO) ? 4 : 3;
    }
    g_clear_error(&error);
    g_option_context_free(context);
    g_free(truth);
    g_free(verdicts);
    return code;
}
