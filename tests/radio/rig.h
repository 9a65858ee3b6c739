/* SPDX-License-Identifier: MIT */
/* A radio on a scripted controller, on a clock that goes by hand, with all that it says written
 * down. */
#ifndef RADIO_RIG_H
#define RADIO_RIG_H

#include "radio/scripted.h"

#define RIG_START_US G_GINT64_CONSTANT(1700000000000000)

struct rig_rotation {
    gint64 time_us;
    struct beacon_advert advert;
    struct beacon_address address;
    gint64 gap_us;
};

struct rig {
    GMainContext *context;
    beacon_clock *clock;
    struct scripted *controller;
    beacon_radio *radio; /* NULL when it was freed */
    struct beacon_radio_options options;
    gint64 step_us; /* the clock goes on by, at most, before everybody's turn */
    gint64 slot_us; /* of payloads */
    guint era;      /* a part of the payload, for tests that begin anew */
    guint packets;
    guint8 last_data[31];
    gsize last_size;
    struct beacon_radio_packet last;
    GString *health;   /* "starting recovering/reset ready/reset" … */
    GArray *steps;     /* of struct rig_step */
    GArray *rotations; /* of struct rig_rotation */
    GArray *visits;    /* of struct beacon_visit */
    /* Called at each callback, by its name; may free the radio. */
    void (*at)(struct rig *rig, const char *callback);
    gpointer user;
};

struct rig_step {
    enum beacon_radio_state state;
    enum beacon_radio_step step;
};

struct rig *rig_new(guint kind);
gboolean rig_open(struct rig *rig); /* FALSE: refused at once */
void rig_settle(struct rig *rig);   /* until nobody has anything to do */
void rig_advance(struct rig *rig, gint64 delay_us);
void rig_close(struct rig *rig); /* frees the radio, while the controller answers in a thread */
void rig_free(struct rig *rig);

/* What most tests begin with: opened, running. */
struct rig *rig_ready(guint kind);

void rig_scan(struct rig *rig, gboolean active, struct beacon_cycle cycle);
void rig_advertise(struct rig *rig, gboolean connectable, struct beacon_cycle cycle);
void rig_serve(struct rig *rig);
gboolean rig_visit(struct rig *rig, guint8 number, gint64 remember_us);
void rig_hear(struct rig *rig, guint8 number);

struct beacon_radio_health rig_health(struct rig *rig);
const struct beacon_visit *rig_last_visit(struct rig *rig);

/* The controller had nothing to refuse that no test had scripted. */
void rig_assert_clean(const struct rig *rig);

#endif
