/* SPDX-License-Identifier: MIT */
/* How a program begins: its streams, its language, and what it keeps out of core dumps. */
#include "program.h"

#include "command_line.h"
#include "say.h"

#include <beacon/base.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The leak check traces its own process. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_TRACED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_TRACED 1
#endif
#endif
#ifndef IS_TRACED
#define IS_TRACED 0
#endif

/*
 * Whoever starts us with a standard stream closed would have the next file opened take its place,
 * and then be written to. The places are taken by something that cannot be used.
 */
static void hold_standard_streams(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* As the environment says; else beside this program, wherever it was installed; else where it was
 * built for. */
static char *find_translations(void)
{
    const char *named = getenv("BEACON_LOCALEDIR");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : g_strdup(".");
    g_autofree char *beside = g_build_filename(folder, BEACON_LOCALE_FROM_BIN, NULL);

    if (named != NULL && *named != '\0')
        return g_strdup(named);
    return g_file_test(beside, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&beside)
                                                   : g_strdup(BEACON_LOCALEDIR);
}

static void speak_locally(void)
{
    g_autofree char *directory = find_translations();

    setlocale(LC_ALL, "");
    bindtextdomain(PROGRAM, directory);
    bindtextdomain("libbeacon", directory);
    bind_textdomain_codeset(PROGRAM, "UTF-8");
    bind_textdomain_codeset("libbeacon", "UTF-8");
    textdomain(PROGRAM);
}

void program_begin(void)
{
    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing, with an exit code */
    speak_locally();
}

int program_version(void)
{
    g_autofree char *text = g_strdup_printf(PROGRAM " %s\n", beacon_version());

    return say_out(text) ? EXIT_RAN : EXIT_IO;
}

void program_forbid_core_dumps(void)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    setrlimit(RLIMIT_CORE, &none);
    if (!IS_TRACED)
        prctl(PR_SET_DUMPABLE, 0);
}
