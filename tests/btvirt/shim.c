/* SPDX-License-Identifier: MIT */
/* Preloaded into `btvirt -s`: moves its sockets from /tmp to the folder $BTVIRT_DIR, and lets it do
 * without AF_ALG.
 *
 * btvirt 5.66 takes no path, so that two of them would take each other's sockets away. Where the
 * kernel has no AF_ALG it drops every LE client at its first command, without a word, although only
 * encryption, resolvable addresses and pairing need that; with a socket that can be opened and
 * bound it serves the rest.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char ours[] = "/tmp/bt-server-";

/* The function that would have been called without us. */
static void find(const char *name, void *ret_function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    memcpy(ret_function, &symbol, sizeof(symbol));
}

/* The path that btvirt's own stands for, or that path itself; NULL where it is too long for a
 * socket's address. */
static const char *moved(const char *path, struct sockaddr_un *address)
{
    const char *folder = getenv("BTVIRT_DIR");
    int length;

    if (folder == NULL || strncmp(path, ours, strlen(ours)) != 0)
        return path;
    length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", folder,
                      path + strlen("/tmp/"));
    if (length < 0 || (size_t)length >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return address->sun_path;
}

int socket(int domain, int type, int protocol)
{
    int (*next)(int, int, int), result;

    find("socket", &next);
    result = next(domain, type, protocol);
    if (result < 0 && domain == AF_ALG)
        result = open("/dev/null", O_RDWR | O_CLOEXEC);
    return result;
}

static int bind_local(int descriptor, const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_un from = {.sun_family = AF_UNIX}, to = {.sun_family = AF_UNIX};
    int (*next)(int, const struct sockaddr *, socklen_t);
    const char *path;

    find("bind", &next);
    if (length >= sizeof(from)) {
        memcpy(&from, address, sizeof(from));
        from.sun_path[sizeof(from.sun_path) - 1] = '\0';
        path = moved(from.sun_path, &to);
        if (path == NULL)
            return -1;
        if (path == to.sun_path)
            return next(descriptor, (const struct sockaddr *)&to, sizeof(to));
    }
    return next(descriptor, address, length);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t);

    if (length >= sizeof(address->sa_family) && address->sa_family == AF_UNIX)
        return bind_local(descriptor, address, length);
    find("bind", &next);
    if (next(descriptor, address, length) == 0)
        return 0;
    return length >= sizeof(address->sa_family) && address->sa_family == AF_ALG ? 0 : -1;
}

int unlink(const char *path)
{
    struct sockaddr_un address;
    int (*next)(const char *);
    const char *to = moved(path, &address);

    find("unlink", &next);
    return to == NULL ? -1 : next(to);
}
