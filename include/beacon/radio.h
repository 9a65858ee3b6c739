/* SPDX-License-Identifier: MIT */
/* One face for every radio: hear advertisements, send our own, read an iPhone's identifier, serve
 * ours. */
#ifndef BEACON_RADIO_H
#define BEACON_RADIO_H

#include <beacon/advert.h>
#include <beacon/clock.h>
#include <glib.h>

G_BEGIN_DECLS

/*
 * A radio works on its clock's GMainContext and calls back from there; it does not wait there, but
 * for beacon_radio_free and, of hci:, while an adapter is opened or given up, as long as the kernel
 * takes. What is asked of it (scan, advertise, serve) is a wish that it keeps until told otherwise:
 * it is taken up when the radio is ready, and again after every recovery. Callbacks may call
 * anything here, beacon_radio_free included.
 */
typedef struct beacon_radio beacon_radio;

#define BEACON_RADIO_ERROR (beacon_radio_error_quark())
BEACON_API GQuark beacon_radio_error_quark(void);

enum beacon_radio_error {
    BEACON_RADIO_ERROR_ADDRESS,     /* the text that should name a radio does not */
    BEACON_RADIO_ERROR_ABSENT,      /* no such adapter, socket or file */
    BEACON_RADIO_ERROR_BUSY,        /* somebody else has the adapter; `take` may help */
    BEACON_RADIO_ERROR_PERMISSION,  /* a capability is missing; the text says which, and how to give
                                       it */
    BEACON_RADIO_ERROR_BLOCKED,     /* by rfkill; the text says how to unblock it */
    BEACON_RADIO_ERROR_UNSUPPORTED, /* this radio, kernel or controller cannot do it */
    BEACON_RADIO_ERROR_FORMAT,      /* a capture or scenario is damaged; the text says where */
    BEACON_RADIO_ERROR_FAILED,      /* anything else that the system said */
};

/* ---- Addresses of devices ---- */

enum beacon_address_type {
    BEACON_ADDRESS_PUBLIC = 0,
    BEACON_ADDRESS_RANDOM = 1,
};

/* A device's address, most significant byte first, as people write it. */
struct beacon_address {
    guint8 bytes[6];
    guint8 type; /* enum beacon_address_type */
};

#define BEACON_ADDRESS_TEXT_SIZE 18

BEACON_API gboolean beacon_address_equal(const struct beacon_address *a,
                                         const struct beacon_address *b);
BEACON_API void beacon_address_to_text(const struct beacon_address *address,
                                       char ret_text[BEACON_ADDRESS_TEXT_SIZE]);

/* What kind a random address says it is, by its two top bits (Bluetooth Core 5.3, vol 6 part
 * B, 1.3.2). */
enum beacon_address_form {
    BEACON_ADDRESS_FORM_PUBLIC,
    BEACON_ADDRESS_FORM_STATIC,         /* 11 */
    BEACON_ADDRESS_FORM_RESOLVABLE,     /* 01 */
    BEACON_ADDRESS_FORM_NON_RESOLVABLE, /* 00 */
    BEACON_ADDRESS_FORM_RESERVED,       /* 10 */
};

BEACON_API enum beacon_address_form beacon_address_form(const struct beacon_address *address);

/* ---- What is heard ---- */

/* Its times are those of reading: where a hundred a second come, up to 8 ms after reception. */
struct beacon_radio_packet {
    gint64 time_us;      /* of reception, the clock's wall */
    gint64 monotonic_us; /* of reception, the clock's monotonic time */
    struct beacon_address address;
    gint8 rssi_dbm;     /* or BEACON_RSSI_ABSENT */
    gint8 tx_power_dbm; /* as the controller reports it, or BEACON_TX_POWER_ABSENT */
    gboolean connectable;
    gboolean scannable;
    gboolean scan_response; /* the answer to an active scan's question */
    const guint8 *data;     /* advertising data, borrowed until the callback returns */
    gsize size;             /* 0 … 229 bytes; longer data comes in pieces, each a packet */
};

/* ---- Duty cycles ---- */

/* On for a while, off for a while; off_ms 0 is always on. */
struct beacon_cycle {
    guint32 on_ms;
    guint32 off_ms;
};

/* The app's own (protocol 2.3). */
#define BEACON_CYCLE_FULL            ((struct beacon_cycle){1, 0})
#define BEACON_CYCLE_PHONE_SCAN      ((struct beacon_cycle){40000, 260000})
#define BEACON_CYCLE_PHONE_ADVERTISE ((struct beacon_cycle){15000, 15000})

/* ---- Health ---- */

enum beacon_radio_state {
    BEACON_RADIO_STARTING,   /* opened; being made ready */
    BEACON_RADIO_READY,      /* doing what was asked */
    BEACON_RADIO_RECOVERING, /* something is wrong, and a step of the ladder is being taken */
    BEACON_RADIO_LOST,       /* the adapter is gone, or refused all; tried again now and then */
    BEACON_RADIO_ENDED, /* a capture or scenario came to its end, or a stream was closed for good */
};

/* What was done to bring a radio back, from mild to strong. */
enum beacon_radio_step {
    BEACON_RADIO_STEP_NONE,
    BEACON_RADIO_STEP_RESTART, /* scanning and advertising stopped and started */
    BEACON_RADIO_STEP_RESET,   /* the controller reset */
    BEACON_RADIO_STEP_CYCLE,   /* closed; the adapter taken down and up, and opened again */
    BEACON_RADIO_STEP_WAIT,    /* closed; waiting until it can be opened again */
};

struct beacon_radio_counters {
    guint64 packets;         /* advertisements given to on_packet */
    guint64 empty;           /* reports that held no data: no proof of life */
    guint64 malformed;       /* events or reports that contradict themselves, skipped */
    guint64 unknown;         /* events nobody here knows, skipped */
    guint64 commands;        /* sent to the controller */
    guint64 refused;         /* commands that it answered with an error */
    guint64 timeouts;        /* commands that it did not answer */
    guint64 hardware_errors; /* that it reported of itself */
    /* Steps of the ladder, each counted when it is taken. */
    guint64 restarts, resets, cycles, reopenings;
    guint64 rotations;                  /* changes of address and payload in one act */
    guint64 visits, visits_failed;      /* GATT reads made; those that gave no identifier */
    guint64 visitors, visitors_refused; /* links others made to us; those we ended at once */
    gint64 deaf_us;                     /* scanning was wanted and did not happen */
    gint64 last_gap_us, worst_gap_us;   /* off the air at the last rotation, and at the worst */
};

struct beacon_radio_health {
    enum beacon_radio_state state;
    enum beacon_radio_step step; /* the last taken since all was well, or none */
    gboolean scanning;           /* at this moment */
    gboolean advertising;        /* at this moment */
    gboolean damaged;            /* ended at damage in what was replayed; the text says where */
    gint64 last_packet_us;       /* monotonic; -1 before the first */
    const char *text; /* plain words on the state, for a person, "ready; …" where there is a but;
                         never NULL, borrowed */
    struct beacon_radio_counters counters;
};

/* ---- Open and close ---- */

struct beacon_radio_listener {
    void (*on_packet)(const struct beacon_radio_packet *packet, gpointer user);
    /* The state, the step or the words changed. */
    void (*on_health)(const struct beacon_radio_health *health, gpointer user);
    /* Our advertisement, as it now goes out, has changed; address all zero: the system chose it,
     * and does not say. */
    void (*on_rotation)(const struct beacon_advert *advert, const struct beacon_address *address,
                        gint64 gap_us, gpointer user);
    gpointer user;
};

struct beacon_radio_options {
    gsize size;          /* of this struct */
    beacon_clock *clock; /* NULL: the machine's on the thread's default context; for a capture or a
                            scenario, one of their time. On a clock given here, a capture begins
                            now. */
    gboolean take; /* hci: take an adapter that bluetoothd holds; it is given back when the radio is
                      freed */
    guint32 silence_ms; /* without a packet while scanning, before the ladder begins; 0: 60 000 */
    guint32 command_ms; /* before a command is given up; 0: 2 000 */
    guint32 visit_ms;   /* before a GATT read is given up; 0: 3 000 */
    guint32 lost_limit; /* times a lost adapter is tried again; 0: without end */
    double speed; /* capture, sim: virtual seconds to a real one; 0: real time; below 0: at once */
    const char *const *settings; /* sim: lines of a scenario that hold over the file's own, ended by
                                    NULL; or NULL. Borrowed while it is opened */
};

/*
 * Opens a radio by its address:
 *
 *   hci:hci0, hci:AA:BB:CC:DD:EE:FF   an adapter of this machine, through the kernel's user channel
 *   bluez:hci0, bluez:AA:BB:…         an adapter that bluetoothd has, through it
 *   h4:PATH                           a controller behind a stream socket
 *   capture:FILE                      a btsnoop file, replayed
 *   sim:FILE                          a scenario of the simulated air
 *   sim:FILE#RECEIVER                 the same, as one of its receivers
 *   auto                              the best that there is
 *
 * options may be NULL. The listener is copied; any of its calls may be NULL. The radio is STARTING
 * when this returns; a transport that cannot be had is an error here, a controller that fails is
 * told in health. Of bluez: only an address that names no adapter is an error here: a bus, a daemon
 * or an adapter that is missing is LOST in health at once, in words, and waited for. Errors:
 * BEACON_RADIO_ERROR.
 *
 * hci: where this process is killed, so that it cannot silence its controller, bluetoothd does that
 * when it has it back. Without bluetoothd, and with a driver that does not reset what it closes,
 * the controller may go on advertising until the adapter is opened or powered again.
 */
BEACON_API beacon_radio *beacon_radio_open(const char *address,
                                           const struct beacon_radio_options *options,
                                           const struct beacon_radio_listener *listener,
                                           GError **error);

/*
 * sim: who is on the air. sim:FILE hears as the scenario's first receiver and sends as its first
 * phone of the kind node, on an air of its own. sim:FILE#RECEIVER hears as that receiver and sends
 * as the node that carries it ("receiver a on A"); radios of one clock (`clock` of the options)
 * that name the same file so, with the same settings, share one air, which begins when the first of
 * them is opened, and hear each other. No two of them may be the same receiver (BUSY); a receiver
 * that the scenario does not have is an ADDRESS error.
 */

/*
 * bluez: what is lost beside bluetoothd. It scans actively, unless its monitor is asked for. The
 * controller leaves out repetitions, and the scan begins anew about every 10 s, so that an address
 * gives about one RSSI in that time. There are no raw bytes: a packet is made of what the daemon
 * remembers of a device, in an order of ours, several of its advertisements perhaps in one, and
 * `connectable` is not known and set. Scanning pauses for visits, for discovery and a new link are
 * in each other's way. The daemon chooses addresses and, in the end, the advertising interval. It
 * would advertise connectably from the adapter's own address unless its privacy is on (Privacy=
 * device in /etc/bluetooth/main.conf): without, it is refused, unless or_not_connectable lets it be
 * heard all the same, and so is serving. With it, the kernel changes the address in its own time,
 * which two payloads may then share, connectable or not: BEACON_RADIO_ROLLS_ADDRESS is missing.
 */

/*
 * Stops scanning and advertising, ends links, closes. Waits for the controller's word, a second at
 * most. Takes NULL, returns NULL.
 */
BEACON_API beacon_radio *beacon_radio_free(beacon_radio *radio);

BEACON_API beacon_clock *beacon_radio_clock(beacon_radio *radio); /* borrowed */
BEACON_API const char *beacon_radio_address_text(
    beacon_radio *radio); /* as it was opened; borrowed */

/* A copy of how it stands; its text is borrowed until the radio's next callback. */
BEACON_API struct beacon_radio_health beacon_radio_health(beacon_radio *radio);
BEACON_API const char *beacon_radio_state_text(
    enum beacon_radio_state state); /* "ready"; static, not translated */
BEACON_API const char *beacon_radio_step_text(
    enum beacon_radio_step step); /* "reset"; static, not translated */

/* What it can do. Told once it is ready; before that, what its kind can do at best. */
enum beacon_radio_capability {
    BEACON_RADIO_CAN_SCAN = 1 << 0,
    BEACON_RADIO_CAN_SCAN_ACTIVELY = 1 << 1,
    BEACON_RADIO_HEARS_EVERYTHING = 1 << 2, /* no filter stands between the antenna and on_packet */
    BEACON_RADIO_TELLS_RSSI = 1 << 3,
    BEACON_RADIO_CAN_ADVERTISE = 1 << 4,
    BEACON_RADIO_CAN_BE_CONNECTABLE = 1 << 5,
    BEACON_RADIO_ROLLS_ADDRESS = 1 << 6,   /* address and payload change in one act */
    BEACON_RADIO_CAN_READ = 1 << 7,        /* GATT, as a visitor */
    BEACON_RADIO_CAN_SERVE = 1 << 8,       /* GATT, to visitors */
    BEACON_RADIO_SCANS_ON_VISITS = 1 << 9, /* hears while it is connected */
};

BEACON_API guint beacon_radio_capabilities(beacon_radio *radio);

/* ---- Hear ---- */

struct beacon_radio_scan {
    gsize size;          /* of this struct */
    gboolean active;     /* ask for scan responses */
    guint32 interval_us; /* 2 500 … 10 240 000; 0: 60 000 */
    guint32 window_us; /* up to the interval; 0: the interval, which is to listen without a pause */
    struct beacon_cycle cycle; /* all zero: full */
    gboolean monitor; /* bluez: ask for bluetoothd's advertisement monitor, where it has one:
                         passive, and of Bluezone's and iPhones' advertisements alone */
};

/* Scans so from now on; scan NULL stops. BEACON_RADIO_ERROR_UNSUPPORTED. */
BEACON_API gboolean beacon_radio_scan(beacon_radio *radio, const struct beacon_radio_scan *scan,
                                      GError **error);

/* ---- Be heard ---- */

/*
 * Asked for what to send: at the start, and when what it gave last has run out. time_us is the
 * clock's wall. Gives the payload and the moment it holds until, or FALSE: nothing to send; asked
 * again then.
 */
typedef gboolean (*beacon_radio_payload_func)(gint64 time_us, struct beacon_advert *ret_advert,
                                              gint64 *ret_until_us, gpointer user);

struct beacon_radio_advertise {
    gsize size; /* of this struct */
    beacon_radio_payload_func payload;
    gpointer user;
    guint32 interval_us; /* 20 000 … 10 240 000; 0: 100 000, as the app asks for (protocol 2.1) */
    struct beacon_cycle
        cycle; /* all zero: full. Its phase is drawn anew at each change of payload. */
    gboolean not_connectable;
    gboolean or_not_connectable; /* connectable if that can be; health says if it is not */
};

/*
 * Advertises so from now on; NULL stops. Each new payload goes out from an address that no other
 * had: of resolvable form where connectable, else non-resolvable. A radio that cannot do it is an
 * error if that is known already (BEACON_RADIO_ERROR_UNSUPPORTED); later, health says what is in
 * the way, and it begins when that is gone.
 */
BEACON_API gboolean beacon_radio_advertise(beacon_radio *radio,
                                           const struct beacon_radio_advertise *advertise,
                                           GError **error);

/* ---- Visit an iPhone ---- */

enum beacon_visit_result {
    BEACON_VISIT_READ = 0,    /* the identifier */
    BEACON_VISIT_UNREACHABLE, /* no link came about */
    BEACON_VISIT_STALLED,     /* a link, and no answer in time */
    BEACON_VISIT_LOST,        /* the link ended first */
    BEACON_VISIT_FOREIGN,     /* answered, without the characteristic, or not 12 bytes */
    BEACON_VISIT_PROTECTED,   /* it asks for pairing, which we never do */
    BEACON_VISIT_DROPPED,     /* the radio was in no state to ask */
};

struct beacon_visit {
    struct beacon_address address;
    enum beacon_visit_result result;
    struct beacon_identifier identifier; /* all zero unless it was read */
    gint64 time_us;                      /* of the answer, the clock's wall */
    gboolean remembered;                 /* from an earlier visit */
};

typedef void (*beacon_visit_func)(const struct beacon_visit *visit, gpointer user);

/*
 * Reads the identifier of an iPhone (protocol 3.1). One link at a time; what waits is bounded:
 * FALSE when there is no room, or no such capability. An address that waits already is not queued
 * twice: FALSE. The result, good or bad, is remembered until remember_until_us of the wall (an
 * identifier's slot ends then), and given again without a link. Never pairs.
 */
BEACON_API gboolean beacon_radio_visit(beacon_radio *radio, const struct beacon_address *address,
                                       gint64 remember_until_us, beacon_visit_func func,
                                       gpointer user);

/* ---- Be visited ---- */

/* The identifier of this moment, or FALSE: none, and the visitor gets an error. */
typedef gboolean (*beacon_radio_value_func)(gint64 time_us,
                                            struct beacon_identifier *ret_identifier,
                                            gpointer user);

/* Serves the iPhone's characteristic to whoever asks while we advertise connectably; NULL stops. */
BEACON_API gboolean beacon_radio_serve(beacon_radio *radio, beacon_radio_value_func value,
                                       gpointer user, GError **error);

/* ---- Record ---- */

/*
 * Writes what passes to a btsnoop file (H4) from now on; path NULL stops. An existing file is
 * refused. A record under way is ended first: FALSE and an error if not all of it could be written.
 * A disk that is full later ends the record, which health then says, and not the radio.
 */
BEACON_API gboolean beacon_radio_record(beacon_radio *radio, const char *path, GError **error);

/* ---- The machine's adapters, and what is wrong ---- */

struct beacon_adapter {
    char name[8];                  /* "hci0" */
    struct beacon_address address; /* all zero where the kernel does not know it (yet) */
    gboolean up;
    gboolean held; /* another program has its user channel */
};

/* This machine's adapters: a GArray of struct beacon_adapter, the caller's; NULL and an error. */
BEACON_API GArray *beacon_radio_adapters(GError **error);

enum beacon_finding_level {
    BEACON_FINDING_GOOD,
    BEACON_FINDING_NOTE, /* works, with less than there could be */
    BEACON_FINDING_BAD,  /* does not work until this is mended */
};

struct beacon_finding {
    enum beacon_finding_level level;
    const char *subject; /* "kernel", "adapter", "rfkill", "rights", "bus", "bluetoothd",
                           "controller", "file", "address"; static */
    char *text;          /* what is so, and what to do, in plain words */
};

/*
 * Looks, without changing anything, at whether a radio could be opened: a GPtrArray of struct
 * beacon_finding, the caller's; never empty. Waits for the kernel's and bluetoothd's answers, some
 * seconds at most.
 */
BEACON_API GPtrArray *beacon_radio_diagnose(const char *address);

G_END_DECLS

#endif
