/* SPDX-License-Identifier: MIT */
/* What stands between the face and its backends: orders go down, events come up. */
#ifndef BCN_RADIO_BACKEND_H
#define BCN_RADIO_BACKEND_H

#include <beacon/radio.h>

/* What to do now, as far as the face can know: cycles and payloads are settled, all that is left is
 * on or off. */
struct bcn_scan_order {
    gboolean active;
    gboolean monitor;
    guint16 interval; /* in units of 0.625 ms, as controllers take it */
    guint16 window;
};

struct bcn_advert_order {
    struct beacon_advert advert;
    guint16 interval; /* in units of 0.625 ms */
    gboolean connectable;
    gboolean or_not;    /* it need not be, where it cannot */
    gboolean on;        /* the duty cycle: off keeps address and payload for when it is on again */
    guint32 generation; /* another one at each new payload: the address rolls when it changes */
};

/*
 * A backend is a struct that begins with this. `face` is where its events go. The orders are
 * wishes: the backend carries them out when it can, and again after a recovery. None of these calls
 * back into the face before it returns, but for what calls nobody: bcn_face_on_air and
 * bcn_face_passed.
 */
struct bcn_backend {
    const struct bcn_backend_class *class;
    beacon_radio *face;
};

struct bcn_backend_class {
    /* Nothing of ours is on the air when it returns, nor calls the face any more. free comes after
     * it, later perhaps. */
    void (*stop)(struct bcn_backend *backend);
    void (*free)(struct bcn_backend *backend);
    guint (*capabilities)(const struct bcn_backend *backend);
    void (*scan)(struct bcn_backend *backend, const struct bcn_scan_order *order); /* NULL: off */
    void (*advertise)(struct bcn_backend *backend,
                      const struct bcn_advert_order *order); /* NULL: off */
    /* One visit at a time; it ends with bcn_face_visited, always, and never within this call. */
    void (*visit)(struct bcn_backend *backend, const struct beacon_address *address);
    void (*serve)(struct bcn_backend *backend, gboolean serve);
    /* The packets that pass are to be given to bcn_face_passed; NULL where there are none to give:
     * the face then makes the record of what bcn_face_packet gave it. */
    void (*tap)(struct bcn_backend *backend, gboolean tap);
};

/* How backends come about. On an error NULL, and nothing is left. */
struct bcn_opening {
    const char *rest; /* of the address, after the colon */
    beacon_clock *clock;
    beacon_radio *face;
    struct beacon_radio_options options; /* with all defaults filled in */
};

struct bcn_backend *bcn_backend_hci(const struct bcn_opening *opening, GError **error);
struct bcn_backend *bcn_backend_h4(const struct bcn_opening *opening, GError **error);
struct bcn_backend *bcn_backend_bluez(const struct bcn_opening *opening, GError **error);
struct bcn_backend *bcn_backend_capture(const struct bcn_opening *opening, GError **error);
struct bcn_backend *bcn_backend_sim(const struct bcn_opening *opening, GError **error);

/*
 * Where a replayed world begins, so that the face can make its clock before it opens the backend:
 * the file is read as far as that takes. The settings are a scenario's. -1 and an error if it
 * cannot be.
 */
gint64 bcn_capture_start_us(const char *path, const char *const *settings, GError **error);
gint64 bcn_sim_start_us(const char *path, const char *const *settings, GError **error);

/* ---- Up: called by backends from the clock's context, never before they were opened. Within any
 * of them the face may be freed: the backend is then stopped, and its memory, like the face's,
 * stays until its code has returned to the context. ---- */

void bcn_face_packet(beacon_radio *face, const struct beacon_radio_packet *packet);
void bcn_face_visited(beacon_radio *face, enum beacon_visit_result result,
                      const struct beacon_identifier *identifier);
/* The order of this generation is on the air, from this address, after so long without. */
void bcn_face_rotated(beacon_radio *face, const struct bcn_advert_order *order,
                      const struct beacon_address *address, gint64 gap_us);
/* What a visitor is told. */
gboolean bcn_face_value(beacon_radio *face, struct beacon_identifier *ret_identifier);

/* The words are translated by the caller, and copied. */
void bcn_face_state(beacon_radio *face, enum beacon_radio_state state, enum beacon_radio_step step,
                    const char *text);
/* A file that is replayed is damaged, and ends there. */
void bcn_face_damaged(beacon_radio *face, const char *text);
/* Whether it scans and advertises now; deafness is counted from this. */
void bcn_face_on_air(beacon_radio *face, gboolean scanning, gboolean advertising);
/* For a backend to count in; the face's own fields are the packets', visits' and the deaf time. */
struct beacon_radio_counters *bcn_face_counters(beacon_radio *face);

/* An H4 packet that passed, in either direction, for the record. */
void bcn_face_passed(beacon_radio *face, gboolean received, const guint8 *bytes, gsize size);

#endif
