/* SPDX-License-Identifier: MIT */
/* Deaf, or is it quiet? Whether the receiver works, for how long it did, and by what that is known.
 */
#ifndef ENTRANCE_HEARING_H
#define ENTRANCE_HEARING_H

#include "calibration.h"

#define HEARING_BUCKETS 60 /* of ten seconds: ten healthy minutes */
#define HEARING_SPANS   64 /* of two seconds: the reference beacon's last two minutes */

struct hearing_span {
    gint64 number; /* since the beginning, plus one; 0: empty */
    gint32 sum_dbm;
    guint32 packets;
};

/* What was heard since a moment. */
struct hearing_window {
    gint64 begin_us;
    gint64 effective_us; /* of the receiver, when it began */
    guint64 seconds;     /* bit n: something was heard in its second n, of others than the flood */
    guint packets, reference_packets;
    gint64 reference_sum_dbm;
    guint64 first_address; /* a hash, */
    guint32 first_epoch;   /* by this key */
    gboolean has_two;      /* addresses */
    gint64 last_us, worst_silence_us;
};

struct hearing {
    gboolean is_on; /* it scans, and nothing keeps it from that */
    gboolean is_ready, scans;
    gboolean visits_deafen, is_visiting;
    gint64 start_us, now_us;
    gint64 effective_us; /* time on, since the start */
    gint64 last_packet_us;
    guint32 buckets[HEARING_BUCKETS]; /* packets of healthy spans of ten seconds */
    guint bucket_count, bucket_next;
    gint64 silence_limit_us; /* by them; 0: not known yet */
    gint64 bucket_us;        /* when the one under way began */
    guint32 bucket_packets;
    gboolean bucket_is_whole;
    struct hearing_span reference[HEARING_SPANS];
    struct hearing_window window;
};

void hearing_init(struct hearing *hearing, gint64 now_us);
void hearing_health(struct hearing *hearing, gboolean is_ready, gboolean scans, gint64 now_us);
void hearing_visiting(struct hearing *hearing, gboolean is_visiting, gint64 now_us);

/* A packet, not of a flood. epoch: of the key that its address was hashed by. */
void hearing_packet(struct hearing *hearing, gint64 now_us, guint64 address_hash, guint32 epoch);
void hearing_reference(struct hearing *hearing, gint64 now_us, gint8 dbm);
/* A flood is no proof of hearing: the span of time under way does not count. */
void hearing_flood(struct hearing *hearing);
void hearing_tick(struct hearing *hearing, gint64 now_us);

/* It is off, or silent for longer than 9.2/λ, λ being the lower 5 % rate of the last ten healthy
 * minutes. A span without a packet is not healthy, so that a quiet night teaches nothing. */
gboolean hearing_is_deaf(const struct hearing *hearing);

/* A window begins now; its effective time so far; what proves that the receiver heard in it. */
void hearing_begin(struct hearing *hearing, gint64 now_us);
gint64 hearing_window_us(const struct hearing *hearing);
enum proof hearing_proof(const struct hearing *hearing, const struct calibration *calibration,
                         gboolean green_lately);

/* The reference beacon is heard as calibrated, of late. */
gboolean hearing_has_reference(const struct hearing *hearing,
                               const struct calibration *calibration);

#endif
