/* SPDX-License-Identifier: MIT */
/* A controller in a thread of its own, behind a stream socket. */
#include "radio_peer.h"

#include "machine.h"
#include "options.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct task {
    const guint8 *bytes;
    gsize size;
    guint times;
    guint pause_us; /* 0: as fast as it is taken */
    double *sent_us;
};

struct radio_peer {
    char *folder, *path, *address;
    int listening, fd, wake[2];
    GThread *thread;
    GAsyncQueue *tasks; /* of struct task */
};

static void send_all(const struct radio_peer *peer, const guint8 *bytes, gsize size)
{
    while (size > 0) {
        const gssize sent = send(peer->fd, bytes, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes += sent;
        size -= (gsize)sent;
    }
}

/* Command Complete (Bluetooth Core 5.3, vol 4 part E, 7.7.14): success, and bytes that let a host
 * go on: LE is there, there are buffers, all states go together. */
static void answer(const struct radio_peer *peer, const guint8 *command)
{
    const guint opcode = command[1] + 256U * command[2];
    guint8 event[3 + 4 + 8] = {4, 0x0E, 12, 1, command[1], command[2], 0, 27, 0, 3};

    if (opcode == 0x1003)
        event[11] = 0x40;
    if (opcode == 0x1002)
        event[2] = 4;
    if (opcode == 0x201C)
        memset(event + 7, 0xFF, 8);
    send_all(peer, event, 3U + event[2]);
}

/* The host waits for each answer, so a command comes whole and alone. FALSE: the end. */
static gboolean take_commands(const struct radio_peer *peer)
{
    guint8 bytes[1024];
    const gssize size = recv(peer->fd, bytes, sizeof(bytes), 0);

    for (gssize at = 0; at + 4 <= size; at += 4 + bytes[at + 3])
        answer(peer, bytes + at);
    return size > 0;
}

/* Answers what is asked meanwhile: a controller that does not is taken for dead. */
static void wait_until(const struct radio_peer *peer, double moment)
{
    struct pollfd wait = {.fd = peer->fd, .events = POLLIN};
    double left;

    while (poll(&wait, 1, 0) > 0 && take_commands(peer))
        continue;
    left = moment - machine_wall_seconds();
    if (left > 0)
        g_usleep((gulong)(1e6 * left));
}

static void work(const struct radio_peer *peer, const struct task *task)
{
    const double start = machine_wall_seconds();

    for (guint i = 0; i < task->times; i++) {
        if (task->pause_us > 0)
            wait_until(peer, start + 1e-6 * task->pause_us * (i + 1));
        if (task->sent_us)
            task->sent_us[i] = 1e6 * machine_wall_seconds();
        send_all(peer, task->bytes, task->size);
    }
}

static gpointer run(gpointer user)
{
    struct radio_peer *peer = user;
    gboolean goes_on = TRUE;

    peer->fd = accept(peer->listening, NULL, NULL);
    while (goes_on) {
        struct pollfd wait[] = {{.fd = peer->fd, .events = POLLIN},
                                {.fd = peer->wake[0], .events = POLLIN}};
        char byte;

        poll(wait, 2, -1);
        if (wait[0].revents)
            goes_on = take_commands(peer);
        if (wait[1].revents && read(peer->wake[0], &byte, 1) == 1) {
            struct task *task = g_async_queue_try_pop(peer->tasks);

            if (task)
                work(peer, task);
            g_free(task);
        }
    }
    return NULL;
}

struct radio_peer *radio_peer_new(void)
{
    struct radio_peer *peer = g_new0(struct radio_peer, 1);
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    peer->folder = g_dir_make_tmp("beacon-bench-XXXXXX", NULL);
    peer->path = g_build_filename(peer->folder, "controller", NULL);
    peer->address = g_strconcat("h4:", peer->path, NULL);
    g_strlcpy(name.sun_path, peer->path, sizeof(name.sun_path));
    peer->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    if (peer->listening < 0 || bind(peer->listening, (void *)&name, sizeof(name)) < 0 ||
        listen(peer->listening, 1) < 0 || pipe(peer->wake) < 0)
        fail("no socket could be made at %s", peer->path);
    peer->tasks = g_async_queue_new_full(g_free);
    peer->thread = g_thread_new("controller", run, peer);
    return peer;
}

const char *radio_peer_address(const struct radio_peer *peer)
{
    return peer->address;
}

static void give(struct radio_peer *peer, struct task task)
{
    g_async_queue_push(peer->tasks, g_memdup2(&task, sizeof(task)));
    if (write(peer->wake[1], "", 1) != 1)
        fail("a pipe was closed");
}

void radio_peer_send(struct radio_peer *peer, const guint8 *bytes, gsize size, guint times)
{
    give(peer, (struct task){.bytes = bytes, .size = size, .times = times});
}

void radio_peer_send_slowly(struct radio_peer *peer, const guint8 *packet, gsize size, guint times,
                            guint pause_us, double *sent_us)
{
    give(peer, (struct task){packet, size, times, pause_us, sent_us});
}

void radio_peer_free(struct radio_peer *peer)
{
    g_thread_join(peer->thread);
    close(peer->fd);
    close(peer->listening);
    close(peer->wake[0]);
    close(peer->wake[1]);
    unlink(peer->path);
    rmdir(peer->folder);
    g_async_queue_unref(peer->tasks);
    g_free(peer->address);
    g_free(peer->path);
    g_free(peer->folder);
    g_free(peer);
}
