/* SPDX-License-Identifier: MIT */
/* Preloaded: counts the calls that change names or reach the disk, and at call number KILL_AT ends
 * the process, or at FAIL_AT lets the call fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the call that is about to be made is to fail. */
static int step(void)
{
    static int steps;
    const char *kill_at = getenv("KILL_AT"), *fail_at = getenv("FAIL_AT");

    steps++;
    if (kill_at != NULL && atoi(kill_at) == steps)
        kill(getpid(), SIGKILL);
    if (fail_at == NULL || atoi(fail_at) != steps)
        return 0;
    errno = EIO;
    return 1;
}

/* The function that would have been called without us. */
static void find(const char *name, void *ret_function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    memcpy(ret_function, &symbol, sizeof(symbol));
}

int fsync(int descriptor)
{
    int (*next)(int);

    find("fsync", &next);
    if (descriptor == STDOUT_FILENO && getenv("FAIL_OUTPUT") != NULL) {
        errno = EIO;
        return -1;
    }
    return step() ? -1 : next(descriptor);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);

    find("rename", &next);
    return step() ? -1 : next(from, to);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned int flags)
{
    int (*next)(int, const char *, int, const char *, unsigned int);

    find("renameat2", &next);
    if (getenv("NO_RENAMEAT2") != NULL) {
        errno = EINVAL; /* as a file system answers that does not have it */
        return -1;
    }
    return step() ? -1 : next(from_directory, from, to_directory, to, flags);
}

int link(const char *from, const char *to)
{
    int (*next)(const char *, const char *);

    find("link", &next);
    return step() ? -1 : next(from, to);
}

int unlink(const char *path)
{
    int (*next)(const char *);

    find("unlink", &next);
    return step() ? -1 : next(path);
}
