/* SPDX-License-Identifier: MIT */
/* The kernel's slow calls on an adapter, made in a thread of their own. */
#ifndef BCN_RADIO_ERRAND_H
#define BCN_RADIO_ERRAND_H

#include <glib.h>

struct bcn_errand;

enum bcn_errand_kind {
    BCN_ERRAND_GIVE_BACK, /* closes a socket; then takes the adapter up */
    BCN_ERRAND_CYCLE,     /* takes it down and up, and leaves it as it was */
};

struct bcn_errand_order {
    enum bcn_errand_kind kind;
    guint16 index;
    gboolean up; /* as it is to be in the end */
    int fd;      /* or -1 */
};

/* Begins, once the one before it, if any, has ended. Unless done is NULL, it is called from the
 * context at the end. */
struct bcn_errand *bcn_errand_begin(const struct bcn_errand_order *order, struct bcn_errand *before,
                                    GMainContext *context, void (*done)(gpointer user),
                                    gpointer user);

/* Waits that long at most. TRUE: it has ended, and 0 or the errno of its last call is told. */
gboolean bcn_errand_wait(struct bcn_errand *errand, gint wait_ms, int *ret_status);

/* done is not called any more. */
void bcn_errand_forget(struct bcn_errand *errand);

/* It goes on to its end, of which nobody is told. Takes NULL, returns NULL. */
struct bcn_errand *bcn_errand_unref(struct bcn_errand *errand);

#endif
