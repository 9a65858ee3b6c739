/* SPDX-License-Identifier: MIT */
/* A simulated air: a scenario file becomes a timeline of advertisements, and the truth about it. In
 * libbeacon-radio. */
#ifndef BEACON_AIR_H
#define BEACON_AIR_H

#include <beacon/advert.h>
#include <beacon/base.h>
#include <beacon/identity.h>

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/*
 * Nothing here has a clock, a thread or a radio. Times are in microseconds since 1970 (`time_us`);
 * a timeline begins at the scenario's start and ends at its end. The same scenario gives the same
 * timeline, to the bit, on every machine. One handle belongs to one thread at a time.
 */

#define BEACON_AIR_ERROR (beacon_air_error_quark())
BEACON_API GQuark beacon_air_error_quark(void);

typedef enum {
    BEACON_AIR_ERROR_SCENARIO, /* not as it should be: "FILE:LINE: expected …, found …" */
    BEACON_AIR_ERROR_IO,       /* a file could not be read or written; the system's words */
} BeaconAirError;

/* What a device on the air is and does. The words of the scenario are those of
 * beacon_air_kind_name.
 */
enum beacon_air_kind {
    BEACON_AIR_ANDROID_OPEN,       /* app on screen: 150 s on, 5 s off (protocol 2.3) */
    BEACON_AIR_ANDROID_BACKGROUND, /* 15 s on, 15 s off */
    BEACON_AIR_ANDROID_DOZE,       /* nine minutes on, nine minutes off */
    BEACON_AIR_ANDROID_SILENT,     /* app not opened since the phone started: nothing */
    BEACON_AIR_IPHONE_OPEN,        /* name and service; identifier by GATT */
    BEACON_AIR_IPHONE_BACKGROUND,  /* or locked: the overflow bit; identifier by GATT */
    BEACON_AIR_IPHONE_STALLING,    /* the same, but a read is never answered */
    BEACON_AIR_IPHONE_REFUSING,    /* the same, but a read is answered by an error */
    BEACON_AIR_IPHONE_SAME_BIT,  /* another app that sets Bluezone's bit: no such characteristic */
    BEACON_AIR_IPHONE_OTHER_BIT, /* another app, another bit: not recognised */
    BEACON_AIR_NO_APP,           /* a phone without the app: nothing */
    BEACON_AIR_BLUETOOTH_OFF,    /* the app, but Bluetooth is off: nothing */
    BEACON_AIR_NO_PHONE,         /* a person without a smartphone: nothing */
    BEACON_AIR_GAEN,             /* another tracing app: Exposure Notification, 0xFD6F */
    BEACON_AIR_IBEACON,
    BEACON_AIR_EDDYSTONE,
    BEACON_AIR_EARBUDS,
    BEACON_AIR_FORGER, /* made-up or replayed identifiers in Android's form */
    BEACON_AIR_NODE,   /* sends what the program gives it: beacon_air_transmit */
};
#define BEACON_AIR_KINDS 19

/* "android-background"; NULL for a number that is no kind. Static. */
BEACON_API const char *beacon_air_kind_name(enum beacon_air_kind kind);

/* Radio addresses by form (Bluetooth Core 5.3, vol 6 part B, 1.3). */
enum beacon_air_address_type {
    BEACON_AIR_ADDRESS_PUBLIC,
    BEACON_AIR_ADDRESS_STATIC,
    BEACON_AIR_ADDRESS_RESOLVABLE,
    BEACON_AIR_ADDRESS_NON_RESOLVABLE,
};

/* An advertisement as one receiver heard it. */
struct beacon_air_packet {
    uint8_t address[6]; /* least significant byte first, as on the air */
    enum beacon_air_address_type address_type;
    bool is_connectable; /* and scannable; a scan response would be empty */
    int8_t rssi_dbm;     /* or BEACON_RSSI_ABSENT, of a receiver that has none */
    int8_t tx_power_dbm; /* BEACON_TX_POWER_ABSENT: legacy reports carry none */
    struct beacon_advert advert;
};

typedef struct beacon_air beacon_air;

/*
 * Reads a scenario; the language is described at the end of this header. `settings` are more lines
 * of it, that hold after those of the file ("seed 7", "loss 30 %"), ended by NULL; or NULL itself.
 * `name` stands for the file in messages. On failure NULL and BEACON_AIR_ERROR; messages are in
 * English.
 */
#define BEACON_AIR_SCENARIO_MAX (1024 * 1024) /* bytes */
#define BEACON_AIR_DEVICES_MAX  200000

BEACON_API beacon_air *beacon_air_load(const char *path, const char *const *settings,
                                       GError **error);
BEACON_API beacon_air *beacon_air_parse(const char *text, gsize length, const char *name,
                                        const char *const *settings, GError **error);

/* Takes NULL; returns NULL. */
BEACON_API beacon_air *beacon_air_free(beacon_air *air);

BEACON_API gint64 beacon_air_start_us(const beacon_air *air);
BEACON_API gint64 beacon_air_end_us(const beacon_air *air);
BEACON_API guint32 beacon_air_slots_per_day(const beacon_air *air);

/* Receivers, by number from 0, and devices likewise; names are valid as long as the air is. A
 * number that is none is misuse. */
BEACON_API guint32 beacon_air_receivers(const beacon_air *air);
BEACON_API const char *beacon_air_receiver_name(const beacon_air *air, guint32 receiver);
BEACON_API guint32 beacon_air_devices(const beacon_air *air);
BEACON_API const char *beacon_air_device_name(const beacon_air *air, guint32 device);

/* The device or receiver of that name; FALSE if there is none. */
BEACON_API gboolean beacon_air_find_device(const beacon_air *air, const char *name,
                                           guint32 *ret_device);
BEACON_API gboolean beacon_air_find_receiver(const beacon_air *air, const char *name,
                                             guint32 *ret_receiver);

/* The device that carries a receiver; FALSE if it stands by itself. */
BEACON_API gboolean beacon_air_receiver_carrier(const beacon_air *air, guint32 receiver,
                                                guint32 *ret_device);

/* What a device does at a time, and how far it is from a receiver: FALSE when one of them is not
 * there. */
BEACON_API enum beacon_air_kind beacon_air_kind_at(const beacon_air *air, guint32 device,
                                                   gint64 time_us);
BEACON_API gboolean beacon_air_distance(const beacon_air *air, guint32 receiver, guint32 device,
                                        gint64 time_us, double *ret_distance_m);

/* The key that a device's identifiers derive from, and its UTC day. For a made-up device it is made
 * from the seed. */
BEACON_API void beacon_air_base_key(const beacon_air *air, guint32 device,
                                    struct beacon_base_key *ret_key, gint64 *ret_base_day);

enum beacon_air_event_type {
    BEACON_AIR_PACKET,        /* a receiver heard an advertisement */
    BEACON_AIR_RECEIVER_AWAY, /* its adapter is gone; nothing is heard until it is back */
    BEACON_AIR_RECEIVER_BACK,
    BEACON_AIR_CHECK,  /* a person steps up to be checked, until until_us */
    BEACON_AIR_OPENED, /* a person opens the app; `kind` is what the phone does from now on */
};

struct beacon_air_event {
    enum beacon_air_event_type type;
    gint64 time_us;
    guint32 receiver; /* PACKET, RECEIVER_… */
    guint32 device;   /* PACKET (for the truth only: a radio would not know), CHECK, OPENED */
    struct beacon_air_packet packet; /* PACKET */
    gint64 until_us;                 /* CHECK */
    enum beacon_air_kind kind;       /* OPENED */
};

/*
 * The next event, in the order of time (at one instant: events other than packets first, then by
 * device, then by receiver). FALSE at the end. Memory does not grow.
 */
BEACON_API gboolean beacon_air_next(beacon_air *air, struct beacon_air_event *ret_event);

/*
 * The same for a world that is acted upon as it goes (beacon_air_transmit): no event later than
 * `until_us` is looked for, and FALSE says that there is none up to then. _next_us is a time before
 * which nothing will happen unless somebody transmits; the end of the timeline at the latest.
 */
BEACON_API gboolean beacon_air_next_until(beacon_air *air, gint64 until_us,
                                          struct beacon_air_event *ret_event);
BEACON_API gint64 beacon_air_next_us(const beacon_air *air);

/*
 * Lets a node of the scenario (kind "node") send `packet` every `interval_us` (and advDelay) from
 * `time_us` on, or from the last event on if that is later; NULL: nothing. The packet's levels are
 * not looked at. It is misuse to name what is not a node, or an interval below 20 ms.
 */
BEACON_API void beacon_air_transmit(beacon_air *air, guint32 device, gint64 time_us,
                                    const struct beacon_air_packet *packet, gint64 interval_us);

/* What comes of a GATT read of the iPhone characteristic. */
enum beacon_air_read_outcome {
    BEACON_AIR_READ_ANSWERED,
    BEACON_AIR_READ_UNREACHABLE,       /* no connection: nobody with that address, or too far */
    BEACON_AIR_READ_STALLED,           /* connected, and then nothing, for ever */
    BEACON_AIR_READ_REFUSED,           /* connected, and an error as answer */
    BEACON_AIR_READ_NO_CHARACTERISTIC, /* connected; not an app of ours */
};

struct beacon_air_read {
    enum beacon_air_read_outcome outcome;
    gint64 connected_us; /* when, unless UNREACHABLE */
    gint64 answered_us;  /* when the value or the error comes: neither UNREACHABLE nor STALLED */
    guint32 device;      /* whom it reached, for the truth; unless UNREACHABLE */
    guint8 size;         /* of the value: 12 */
    guint8 value[BEACON_IDENTIFIER_SIZE]; /* the identifier that is current at answered_us */
};

/*
 * What a read by a receiver, begun at `time_us` at an address, comes to. It changes nothing about
 * the timeline, and the same question has the same answer. A device connects when one of its
 * advertisements gets through, and is looked for until one does (so bound it by a time limit of
 * your own).
 */
BEACON_API void beacon_air_read(beacon_air *air, guint32 receiver, const guint8 address[6],
                                gint64 time_us, struct beacon_air_read *ret_read);

/* What became of one advertisement on its way to one receiver. */
enum beacon_air_fate {
    BEACON_AIR_ARRIVED,
    BEACON_AIR_LOST, /* by collision, another channel, chance */
    BEACON_AIR_WEAK, /* below what the receiver can hear */
    BEACON_AIR_AWAY, /* the receiver had no adapter */
};

struct beacon_air_emission {
    gint64 time_us;
    guint32 device;
    guint32 receiver;
    enum beacon_air_kind kind;
    enum beacon_air_fate fate;
    double distance_m;
    int8_t rssi_dbm; /* unless LOST */
    guint8 address[6];
    gboolean has_identifier;             /* a Bluezone phone, or a forger */
    gboolean is_stale;                   /* the identifier's slot is not that of time_us */
    struct beacon_identifier identifier; /* what it says; an iPhone: what a read would answer */
    struct beacon_slot slot;             /* of the identifier; a forger: of time_us */
};

/*
 * The truth, one call for each advertisement and receiver, before beacon_air_next returns the
 * packet (or when it did not arrive, on the way to what does). NULL ends it. It costs nothing when
 * nobody asks, and the timeline is the same either way.
 */
typedef void beacon_air_truth_fn(const struct beacon_air_emission *emission, gpointer user);

BEACON_API void beacon_air_set_truth(beacon_air *air, beacon_air_truth_fn *fn, gpointer user);

/*
 * The truth as a file, JSON lines, from now until beacon_air_finish_truth, which flushes the stream
 * and says whether all could be written. One line of
 *
 *   {"type":"air","start_us","end_us","seed","slots_per_day"}
 *   {"type":"receiver","receiver","name"}                           for each receiver
 *   {"type":"deaf","time_us","until_us","receiver","db"}            all of them, at the beginning
 *   {"type":"arrive","time_us","device","name","kind","base_key","base_day"}
 *   {"type":"leave","time_us","device"}
 *   {"type":"second","time_us","device","receiver","kind","distance_m","sent","arrived","lost",
 *    "weak","away","rssi_max_dbm","identifier","stale"}             for each second that began at
 *                                       time_us, each device there and each receiver; also for
 *                                       those that send nothing; distance at the second's begin
 *                                       (null: not there then), identifier (null: none) and stale
 *                                       of the last advertisement, rssi_max_dbm of what arrived
 *   {"type":"check","time_us","until_us","device"}
 *   {"type":"opened","time_us","device","kind"}
 *   {"type":"away"|"back","time_us","receiver"}
 *   {"type":"read","time_us","receiver","device","outcome","answered_us","identifier"}
 *
 * base_key and base_day stand where the device has an identity, null elsewhere.
 */
BEACON_API void beacon_air_begin_truth(beacon_air *air, FILE *stream);
BEACON_API gboolean beacon_air_finish_truth(beacon_air *air, GError **error);

/* clang-format off */
/*
 * The scenario's language
 * -----------------------
 * One statement a line; # begins a comment. Statements may come in any order, and of two that say the
 * same thing the later one holds. Numbers have up to six decimals and carry their unit, with or
 * without a space: 150 ms, 15 s, 25 min, 8 h, 2 d; 20 cm, 1.5 m; 25 dB; -64 dBm; 45 %. T is a time
 * from the scenario's start, of at most 90 d. A place P is a length, or two (2 m / 1.5 m); receivers
 * stand at 0 m / 0 m if nothing else is said, so that a single length is the distance. In brackets:
 * what may be left out. After the semicolon: what holds without the statement.
 *
 *   seed N                       all that is drawn hangs on it; 1
 *   start 2020-08-10T00:30:00Z   the years 2020 to 2100; 2020-08-10T00:00:00Z
 *   length T                     10 min
 *   slots N                      a day, 1 to 1440, a divisor of the day; 96
 *   loss 45 %                    packets that are lost, each by itself; 45 %
 *   exponent 2                   of path loss; 2
 *   model-spread 4 dB            deviation (one sigma) of phone models, fixed for a phone; 4 dB
 *   body-fading 6 dB             deviation of slow fading; 6 dB
 *   body-memory 8 s              its correlation falls to 1/e in that time; 8 s
 *   fast-fading 4 dB             deviation, drawn for each packet; 4 dB
 *   clocks 2 % off by 60 s       phones of crowds whose clock is ahead or behind; none
 *
 *   receiver [NAME] [at P] [on PHONE] [tray 25 dB] [spot 30 cm] [floor -95 dBm] [without rssi]
 *            [away from T to T] [deaf 20 dB from T to T]
 *       Without any such statement there is one, "receiver". Named again, it is changed. `on`: it is
 *       carried by a phone, moves with it and does not hear it. The tray weakens whatever is farther
 *       away than the spot (0 dB, 30 cm). Weaker than the floor nothing is heard (-95 dBm). `away`:
 *       no adapter; `deaf`: everything is that much weaker. Both may be given several times.
 *
 *   phone NAME KIND at P [from T] [to T] [option…]
 *   phone NAME KIND path T P, T P, … [option…]
 *       One device: at one place from its coming (0 s) to its going (the end), or on straight ways
 *       from point to point, there from the first time to the last. KIND is a name of
 *       beacon_air_kind_name. Options:
 *         then KIND at T           it becomes another kind; its cycle begins anew. May be repeated.
 *         offset 3 dB              stronger than its kind, instead of a draw of model-spread
 *         clock 60 s               how far its clock is ahead; -60 s: behind
 *         key HEX                  base key of 64 digits; otherwise made from seed and name
 *         base-day 2020-08-08      the key's UTC day, before the start; otherwise 15 days before it
 *         address C0:11:22:33:44:55   otherwise made from seed and name, and changed
 *         new N per second         a forger: each packet with an identifier and an address of its own
 *         identifiers N at M per second   a forger: N identifiers and addresses, M packets of each
 *         replaying PHONE [after T]       a forger: what that phone said, T ago (0 s)
 *       and any of these, which change what the kind has:
 *         level -64 dBm            mean at 1 m
 *         interval 100 ms          of advertising, at least 20 ms; to it comes advDelay, 0 to 10 ms
 *         cycle 15 s / 15 s        on and off; an Android reads its identifier when it goes on
 *         addresses every 15 min | every burst | never
 *         answers after 300 ms     a GATT read, once connected
 *   kind KIND option…
 *       Changes the last five for all devices of a kind.
 *   check PHONE from T to T
 *       A check at the door: an event, and a line of the truth.
 *
 *   N people checked in T [from T] [opening after T] [option…]: 45 % KIND, 10 % KIND, …
 *       A crowd, in order, each with a turn of T/N: from 9 m away through five waiting places (5 m to
 *       1.5 m) onto the spot (5 to 20 cm), off it before the next, and away. Each is a check.
 *       `opening`: who has the app, closed, opens it so long after the check began.
 *   N people staying at M [to M] [from T] [to T] [option…]: …
 *   N people visiting in T for T at M to M [from T] [option…]: …     come at any time within T
 *   N people passing in T at M [to M] [from T] [option…]: …          at 1.2 m/s, that near at best
 *       The shares add up to 100 % and are kept to a person. `people`, `phones` and `devices` mean
 *       the same. Options are those of `kind`. Members are named crowd1-1, crowd1-2, …
 *
 *   kind                            level at 1 m  interval    cycle      address
 *   android-open                    -64 dBm       100 ms      150 s/5 s  resolvable, 15 min
 *   android-background              -64 dBm       100 ms      15 s/15 s  resolvable, 15 min
 *   android-doze                    -64 dBm       100 ms      9 min/9 min  resolvable, 15 min
 *   iphone-open                     -49 dBm       152.5 ms    always     resolvable, 15 min
 *   iphone-background, -stalling,
 *     -refusing, -same-bit, -other-bit  -49 dBm   318.75 ms   always     resolvable, 15 min
 *   gaen                            -60 dBm       250 ms      always     non-resolvable, 15 min
 *   ibeacon                         -59 dBm       100 ms      always     static, never
 *   eddystone                       -62 dBm       1 s         always     static, never
 *   earbuds                         -65 dBm       152.5 ms    always     public, never
 *   forger                          -64 dBm       100 ms      always     resolvable, never (see above)
 *   node                            -64 dBm       as given    as given   as given
 *   android-silent, no-app, bluetooth-off, no-phone: nothing is sent
 *
 * Where in its cycle a phone is, and when its address changes, is drawn for each phone and stands in
 * no relation to the slots. A level is
 *
 *   level at 1 m + model - 10 · exponent · log10(distance) - tray - deaf + body fading + fast fading
 *
 * with a distance of at least 5 cm, rounded to whole dBm. Of the levels and intervals, those of
 * Android are the protocol's (2.1), iBeacon's are Apple's, gaen's within what its specification asks;
 * the iPhone's level is 15 dB more than Android's and its intervals, which Apple does not publish,
 * are from the list it recommends to accessories; the rest is assumed. So are the radio's other
 * figures: none of it was measured.
 *
 * Random numbers are splitmix64's, a stream for each device and purpose, keyed by the seed and the
 * device's name (of a crowd: the statement's words): another device, or a longer scenario, leaves the
 * rest as it was. Logarithms and exponentials are computed with additions, multiplications and
 * divisions alone, so that every machine with IEEE 754 doubles has the same timeline.
 */
/* clang-format on */

G_END_DECLS

#endif
