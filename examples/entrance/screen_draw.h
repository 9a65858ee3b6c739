/* SPDX-License-Identifier: MIT */
/* The door as lines of a terminal: what stands where, in what colour. */
#ifndef ENTRANCE_SCREEN_DRAW_H
#define ENTRANCE_SCREEN_DRAW_H

#include "door.h"

enum screen_colours { SCREEN_NO_COLOURS, SCREEN_COLOURS_8, SCREEN_COLOURS_256 };

/* What the terminal can show. */
struct screen_look {
    guint lines, columns;
    enum screen_colours colours;
    gboolean is_utf8;       /* else ASCII */
    enum language language; /* of what visitors read; the rest is the locale's */
};

/* What the guard is being asked by the screen itself. */
enum screen_prompt { SCREEN_NO_PROMPT, SCREEN_COUNT, SCREEN_QUIT, SCREEN_HELP };

struct screen_face {
    const struct door_view *view;
    const char *clock_text; /* "08:35", local time */
    const char *message;    /* what came of the last key; NULL: nothing */
    enum screen_prompt prompt;
    const char *typed; /* of a count */
};

/* As many lines as there are, or fewer: colours included, no line wider than the terminal. The
 * caller frees them with g_strfreev. */
char **screen_draw(const struct screen_look *look, const struct screen_face *face);

#endif
