/* SPDX-License-Identifier: MIT */
/* Any two files as truth and verdicts, apart by a line of one dash: a score, or an error that names
 * the line. */
#define _GNU_SOURCE /* memfd_create */
#include "score.h"

#include "fuzz/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static int make_file(const void *bytes, size_t size, char ret_path[32])
{
    int fd = memfd_create("score", 0);
    require(fd >= 0 && (size == 0 || write(fd, bytes, size) == (ssize_t)size));
    snprintf(ret_path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

static void require_error(GError *error, const char *path)
{
    require(error != NULL && error->domain == SCORE_ERROR &&
            g_str_has_prefix(error->message, path));
    g_error_free(error);
}

static void score_files(const char *truth, const char *said)
{
    GError *error = NULL;
    struct score score;
    struct verdicts *verdicts = verdicts_read(said, &error);
    if (verdicts == NULL) {
        require_error(error, said);
        return;
    }
    struct truths *truths = truths_read(truth, verdicts, &error);
    if (truths == NULL) {
        require_error(error, truth);
    } else {
        score_make(&score, verdicts, truths);
        require(score.checks + score.put_off + score.unmatched == verdicts->verdicts->len);
        require(score.fatal + score.wrong <= score.checks);
        score_clear(&score);
    }
    truths_free(truths);
    verdicts_free(verdicts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = memmem(data, size, "\n-\n", 3);
    size_t first = cut == NULL ? size : (size_t)(cut - data) + 1;
    size_t second = cut == NULL ? size : first + 2;
    char truth[32], said[32];
    int truth_fd = make_file(data, first, truth);
    int said_fd = make_file(data + second, size - second, said);
    score_files(truth, said);
    close(truth_fd);
    close(said_fd);
    return 0;
}
