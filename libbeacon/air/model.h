/* SPDX-License-Identifier: MIT */
/* What an air is made of: kinds, devices that move and send, receivers, and the law between them.
 */
#ifndef BCN_AIR_MODEL_H
#define BCN_AIR_MODEL_H

#include <beacon/air.h>
#include <beacon/identity.h>

#include "air/random.h"

#define BCN_SECOND  INT64_C(1000000)
#define BCN_MINUTE  (60 * BCN_SECOND)
#define BCN_FOREVER INT64_MAX

/* advDelay (Bluetooth Core 5.3, vol 6 part B, 4.4.2.2.1): 0 to 10 ms, drawn at each event. */
#define BCN_ADV_DELAY_US 10000

/* When an address changes, besides after so many microseconds. */
#define BCN_ADDRESS_NEVER INT64_C(0)
#define BCN_ADDRESS_BURST INT64_C(-1) /* with each burst, as recent Android's new sets do */

/* How a kind of device behaves; a scenario may change each figure for a kind or for one device. */
struct bcn_tuning {
    double level_dbm;    /* mean, at 1 m, in the open */
    int64_t interval_us; /* of advertising; 0: nothing is sent */
    int64_t on_us;       /* the cycle; 0: always on */
    int64_t off_us;
    int64_t address_us; /* between changes, or one of the constants above */
    int64_t answer_us;  /* from connection to the answer of a GATT read */
};

/* Which figures of a tuning were given. */
enum bcn_tuned {
    BCN_TUNED_LEVEL = 1 << 0,
    BCN_TUNED_INTERVAL = 1 << 1,
    BCN_TUNED_CYCLE = 1 << 2,
    BCN_TUNED_ADDRESS = 1 << 3,
    BCN_TUNED_ANSWER = 1 << 4,
};

struct bcn_changes {
    unsigned tuned;
    struct bcn_tuning to;
};

/* What cannot be changed about a kind. */
struct bcn_kind {
    const char *name;
    struct bcn_tuning tuning; /* to start with */
    enum beacon_air_address_type address_type;
    bool is_connectable;
    bool has_app;                     /* Bluezone is installed */
    enum beacon_air_kind when_opened; /* what it becomes when its owner opens the app */
};

extern const struct bcn_kind bcn_kinds[BEACON_AIR_KINDS];

void bcn_tuning_change(struct bcn_tuning *tuning, const struct bcn_changes *changes);

struct bcn_point {
    double x_m, y_m;
};

/* Where a device is, from its first point's time to its last's, straight in between. */
struct bcn_waypoint {
    int64_t time_us;
    struct bcn_point point;
};

/* What a device does from a time on. */
struct bcn_state {
    int64_t from_us;
    int64_t origin_us; /* where a burst of its cycle begins */
    enum beacon_air_kind kind;
    struct bcn_tuning tuning;
};

struct bcn_forgery {
    int64_t identifiers;               /* how many take turns; 0: each packet has a new one */
    int64_t rate;                      /* packets a second, of all of them */
    const struct bcn_device *replayed; /* says again what this one says, or NULL */
    int64_t delay_us;                  /* so much later */
};

struct bcn_device {
    const char *name;
    uint64_t key; /* of its streams; the same whatever other devices there are */
    struct bcn_waypoint *path;
    guint path_length;
    struct bcn_state *states; /* the first holds from the beginning */
    guint states_count;
    double model_db;           /* how much stronger than its kind */
    int64_t clock_us;          /* how far its clock is ahead */
    int64_t address_origin_us; /* when an address of its began */
    bool has_address;
    uint8_t address[6]; /* given by the scenario */
    struct bcn_forgery forgery;

    struct beacon_base_key base_key;
    int64_t base_day;
    struct {
        struct beacon_dated_key daily; /* day INT64_MIN: not derived yet */
        struct beacon_sub_key sub_key;
        uint32_t slot; /* of the sub-key, plus one; 0: none */
    } chain;

    struct bcn_random emission;
    int64_t sent;                   /* advertisements so far */
    int64_t send_us;                /* the next one */
    int64_t next_us;                /* when it has to be looked at again */
    guint state_now;                /* index */
    guint present_at;               /* in the list of those present, plus one */
    guint heap_at;                  /* in the heap, plus one; 0: gone */
    struct beacon_air_packet given; /* a node: what it was given to send, */
    int64_t given_us;               /* and how often; 0: nothing */
};

/* Where it is; false when it is not there. `hint` speeds up a walk along the path and may be NULL.
 */
bool bcn_device_place(const struct bcn_device *device, int64_t time_us,
                      struct bcn_point *ret_point);
bool bcn_device_is_there(const struct bcn_device *device, int64_t time_us);

const struct bcn_state *bcn_device_state(const struct bcn_device *device, int64_t time_us);

/* The first time from `time_us` on at which it is on the air by its cycle, wherever it is, and when
 * that burst began; BCN_FOREVER if there is none. */
int64_t bcn_device_on_air(const struct bcn_device *device, int64_t time_us, int64_t *ret_burst_us);

/* The identifier that it has at a time of its own clock, and that identifier's slot. */
void bcn_device_identifier(struct bcn_device *device, int64_t clock_us, uint32_t slots_per_day,
                           struct beacon_identifier *ret_identifier, struct beacon_slot *ret_slot);

/* The address at a time, given when the burst of that time began; `number` of the packet, for
 * forgers. */
void bcn_device_address(const struct bcn_device *device, const struct bcn_state *state,
                        int64_t time_us, int64_t burst_us, int64_t number, uint8_t ret_address[6]);

/* What a device sends at a time. */
struct bcn_emission {
    int64_t time_us;
    struct bcn_device *device;
    const struct bcn_state *state;
    struct beacon_air_packet packet;
    bool has_identifier;
    struct beacon_identifier identifier; /* said, or to be read */
    struct beacon_slot slot;             /* that it belongs to, by the sender's clock */
};

/* False if it has nothing to say. */
bool bcn_emission_make(struct bcn_device *device, int64_t time_us, uint32_t slots_per_day,
                       struct bcn_emission *ret_emission);

/* A span of time in which something about a receiver is otherwise. */
struct bcn_span {
    int64_t from_us, to_us;
    double db;
};

/* One device as one receiver hears it. */
struct bcn_link {
    struct bcn_random random;
    double body_db;
    int64_t body_us; /* when that was drawn; INT64_MIN: never yet */
};

struct bcn_receiver {
    const char *name;
    struct bcn_point point;
    const struct bcn_device *carrier; /* it moves with this one and does not hear it, or NULL */
    double tray_db, spot_m;
    double floor_dbm;
    bool has_rssi;
    GArray *away; /* of struct bcn_span */
    GArray *deaf;
    struct bcn_link *links; /* one a device */
};

/* The law between a device and a receiver; the defaults are those of air.h. */
struct bcn_law {
    double exponent;
    double loss; /* 0 … 1 */
    double model_db, body_db, fast_db;
    int64_t memory_us;
};

/* Where the receiver is; false when its carrier is not there. */
bool bcn_receiver_place(const struct bcn_receiver *receiver, int64_t time_us,
                        struct bcn_point *ret_point);
bool bcn_receiver_is_away(const struct bcn_receiver *receiver, int64_t time_us);
double bcn_distance_m(struct bcn_point a, struct bcn_point b);

/* The level at a distance and time before fading: what the path, the tray and deafness leave. */
double bcn_level_dbm(const struct bcn_law *law, const struct bcn_receiver *receiver,
                     const struct bcn_device *device, const struct bcn_state *state,
                     double distance_m, int64_t time_us);

/* What becomes of an emission on its way. ret_rssi_dbm is written unless it is lost. */
enum beacon_air_fate bcn_link_carry(const struct bcn_law *law, const struct bcn_receiver *receiver,
                                    struct bcn_link *link, const struct bcn_emission *emission,
                                    double distance_m, int8_t *ret_rssi_dbm);

/* What a scenario makes happen besides advertisements, in the order of time. */
struct bcn_occasion {
    int64_t time_us, until_us;
    enum beacon_air_event_type type;
    uint32_t receiver, phone;
    enum beacon_air_kind kind;
};

struct beacon_air {
    GStringChunk *names;
    uint64_t seed;
    int64_t start_us, end_us;
    uint32_t slots_per_day;
    struct bcn_law law;
    struct bcn_tuning kinds[BEACON_AIR_KINDS];
    struct bcn_device *devices;
    guint devices_count;
    struct bcn_receiver *receivers;
    guint receivers_count;
    GArray *occasions;

    struct bcn_device **heap; /* by next_us, then by index */
    guint heap_count;
    struct bcn_device **present;
    guint present_count;
    guint occasions_done;
    struct bcn_emission emission; /* on its way to the receivers */
    guint receivers_done;
    int64_t now_us;

    beacon_air_truth_fn *on_truth;
    void *truth_user;
    struct bcn_truth_file *truth_file;
};

static inline uint32_t bcn_device_index(const struct beacon_air *air,
                                        const struct bcn_device *device)
{
    return (uint32_t)(device - air->devices);
}

/* The devices that are next; the heap holds those that will still do something. */
void bcn_heap_build(struct beacon_air *air);
void bcn_heap_moved(struct beacon_air *air, struct bcn_device *device); /* its next_us changed */
void bcn_heap_remove(struct beacon_air *air, struct bcn_device *device);

/* The file form of the truth, fed by the timeline. */
void bcn_truth_file_tick(struct beacon_air *air, int64_t time_us); /* before what happens then */
void bcn_truth_file_arrive(struct beacon_air *air, const struct bcn_device *device, bool is_there);
void bcn_truth_file_emission(struct beacon_air *air, const struct beacon_air_emission *emission);
void bcn_truth_file_occasion(struct beacon_air *air, const struct bcn_occasion *occasion);
void bcn_truth_file_read(struct beacon_air *air, uint32_t receiver, int64_t time_us,
                         const struct beacon_air_read *read);
void bcn_truth_file_free(struct beacon_air *air);

#endif
