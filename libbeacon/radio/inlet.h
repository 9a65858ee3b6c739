/* SPDX-License-Identifier: MIT */
/* A descriptor that is read when something has come; when much comes, at intervals, so that one
 * wake serves several packets: waking costs more than a packet does. */
#ifndef BCN_RADIO_INLET_H
#define BCN_RADIO_INLET_H

#include <glib.h>

/* For so long it is left alone, and packets are told that much late at most. */
#define BCN_INLET_REST_US 8000

enum bcn_inlet_result {
    BCN_INLET_NOTHING, /* was there */
    BCN_INLET_ALL,     /* was read */
    BCN_INLET_MORE,    /* is there */
};

/* Reads what is there; may destroy the source. */
typedef enum bcn_inlet_result bcn_inlet_func(gpointer user);

/*
 * On fd, which stays the caller's and must outlive the source; also called when the other side is
 * gone. rests: whether it may be left alone; where time is virtual, nobody would wait for it.
 */
GSource *bcn_inlet_new(int fd, gboolean rests, bcn_inlet_func *func, gpointer user);

#endif
