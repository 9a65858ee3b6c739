/* SPDX-License-Identifier: MIT */
/* One run of a radio: opened, listened to until a signal, a time or its end, and closed. */
#ifndef TOOL_RADIO_SESSION_H
#define TOOL_RADIO_SESSION_H

#include <beacon/radio.h>
#include <stdbool.h>

/* Which radio, and for how long. Strings are borrowed. */
struct radio_place {
    const char *address;
    gint64 duration_us; /* 0: no limit */
    struct beacon_radio_options options;
};

struct radio_session {
    beacon_radio *radio;
    /* Of the command; on_health NULL: what changes is told on standard error. */
    struct beacon_radio_listener listener;
    gint64 duration_us;
    GMainLoop *loop;
    int code;
    bool is_replay;          /* time is the file's; its end is a good end */
    bool was_ready;          /* once at least */
    bool is_ended, is_asked; /* by the radio; by a signal or a time */
    guint signals[3];
    guint deadline; /* timer */
};

/* Opens the radio. An exit code, after a message when it is not EXIT_RAN. */
int radio_session_open(struct radio_session *session, const struct radio_place *place,
                       const struct beacon_radio_listener *listener);

/* Runs until SIGINT, SIGTERM or SIGHUP, until the place's duration has passed in the radio's
 * time, until the radio ends, or radio_session_stop. */
void radio_session_run(struct radio_session *session);

/* Ends the run, with this exit code unless there is one already. */
void radio_session_stop(struct radio_session *session, int code);

/* Takes it off the air and closes it. The exit code of all of it: EXIT_RADIO also when the radio
 * was not working at the end. */
int radio_session_close(struct radio_session *session);

#endif
