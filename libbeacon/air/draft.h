/* SPDX-License-Identifier: MIT */
/* A scenario as it was read, before anything is drawn: statements may come in any order, and later
 * ones win. */
#ifndef BCN_AIR_DRAFT_H
#define BCN_AIR_DRAFT_H

#include "air/model.h"
#include "air/words.h"

/* A range of time, from the scenario's start. */
struct bcn_draft_span {
    bool has_from, has_to;
    int64_t from_us, to_us;
};

struct bcn_draft_phone {
    char *name;
    enum beacon_air_kind kind;
    GArray *path;   /* of struct bcn_waypoint; empty: stands at `point` */
    GArray *states; /* of struct bcn_draft_state, those after the first */
    struct bcn_point point;
    bool has_point;
    struct bcn_draft_span span;
    struct bcn_changes changes;
    bool has_offset, has_clock, has_key, has_base_day, has_address;
    double offset_db;
    int64_t clock_us, base_day;
    struct beacon_base_key base_key;
    uint8_t address[6];
    struct bcn_forgery forgery;
    char *replayed;
};

struct bcn_draft_state {
    int64_t from_us;
    enum beacon_air_kind kind;
};

enum bcn_activity { BCN_CHECKED, BCN_STAYING, BCN_PASSING, BCN_VISITING };

struct bcn_draft_share {
    double share;
    enum beacon_air_kind kind;
};

struct bcn_draft_crowd {
    uint64_t hash; /* of its words */
    int64_t count;
    enum bcn_activity activity;
    int64_t within_us, for_us, opening_us; /* 0: not given; opening -1 */
    struct bcn_draft_span span;
    double near_m, far_m;
    bool has_range;
    struct bcn_changes changes;
    GArray *mix; /* of struct bcn_draft_share */
};

/* One statement that makes devices. */
struct bcn_draft_entry {
    unsigned line;
    const char *file;
    struct bcn_draft_phone *phone; /* one of the two */
    struct bcn_draft_crowd *crowd;
};

struct bcn_draft_receiver {
    char *name, *carrier;
    unsigned line;
    const char *file;
    struct bcn_receiver values; /* names and links are filled in later */
};

struct bcn_draft_check {
    char *name;
    unsigned line;
    const char *file;
    struct bcn_draft_span span;
};

struct bcn_draft {
    uint64_t seed;
    int64_t start_us, length_us;
    uint32_t slots_per_day;
    struct bcn_law law;
    struct bcn_changes kinds[BEACON_AIR_KINDS];
    double clocks_share;
    int64_t clocks_us;
    GArray *entries;   /* of struct bcn_draft_entry */
    GArray *receivers; /* of struct bcn_draft_receiver */
    GArray *checks;    /* of struct bcn_draft_check */
};

void bcn_draft_init(struct bcn_draft *draft);
void bcn_draft_clear(struct bcn_draft *draft);

/* Reads a text or a single setting into the draft. */
bool bcn_draft_read(struct bcn_draft *draft, const char *text, gsize length, const char *name,
                    GError **error);
bool bcn_draft_statement(struct bcn_draft *draft, struct bcn_words *words);

/* The statements that make devices, their first word being taken or not, as said. */
bool bcn_draft_phone(struct bcn_draft *draft, struct bcn_words *words); /* after "phone" */
bool bcn_draft_crowd(struct bcn_draft *draft, struct bcn_words *words); /* from the number on */

/* Parts that several statements share. */
bool bcn_draft_kind(struct bcn_words *words, enum beacon_air_kind *ret_kind);
bool bcn_draft_position(struct bcn_words *words, struct bcn_point *ret_point);
bool bcn_draft_span(struct bcn_words *words, struct bcn_draft_span *span); /* from T to T */
/* Takes one option of a tuning if there is one: 1; 0 if there is none; -1 after an error. */
int bcn_draft_tuning(struct bcn_words *words, struct bcn_changes *changes);

/* Draws what is to be drawn; NULL and an error where statements do not fit together. */
beacon_air *bcn_draft_build(const struct bcn_draft *draft, GError **error);

/* The way of one member of a crowd, and when it is checked. Returns a new array of waypoints. */
GArray *bcn_crowd_path(const struct bcn_draft_crowd *crowd, int64_t member, int64_t length_us,
                       struct bcn_random *random, struct bcn_draft_span *ret_check);
/* Who is what: `count` kinds in an order that is drawn. */
enum beacon_air_kind *bcn_crowd_kinds(const struct bcn_draft_crowd *crowd,
                                      struct bcn_random *random);

#endif
