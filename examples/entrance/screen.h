/* SPDX-License-Identifier: MIT */
/* The door on a terminal: one screen, keys, and a bell; over SSH and on a serial line. */
#ifndef ENTRANCE_SCREEN_H
#define ENTRANCE_SCREEN_H

#include "door.h"

struct screen;

struct screen_options {
    gsize size;                     /* of this struct */
    enum language language;         /* of what visitors read */
    gboolean has_bell;              /* rings at each verdict */
    const char *timezone;           /* NULL: the system's */
    void (*on_quit)(gpointer user); /* the guard wants to end, and has said so twice */
    gpointer user;
};

/* Whether standard input and output are a terminal that can be written over. */
gboolean screen_is_possible(void);

/* Takes the terminal until it is freed. Writes never wait for it: a screen that is slow, or was
 * stopped, shows the latest when it goes on. The door must outlive it. */
struct screen *screen_new(struct door *door, const struct screen_options *options);
struct screen *screen_free(struct screen *screen); /* gives it back; takes NULL, returns NULL */

#endif
