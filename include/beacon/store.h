/* SPDX-License-Identifier: MIT */
/* The encounter log on disk: sightings and encounters of the last days, sealed. In
 * libbeacon-store. */
#ifndef BEACON_STORE_H
#define BEACON_STORE_H

#include <beacon/base.h>
#include <beacon/encounter.h>

#include <glib.h>

G_BEGIN_DECLS

/*
 * A store is an SQLite database in WAL mode. STORE stands below for its path; beside it lie
 * STORE-wal and STORE-shm (SQLite's), STORE-lock (held by the one writer) and, by default,
 * STORE.key. All are created with mode 0600. A symbolic link stands for the store it leads to; a
 * second hard link must not be opened.
 *
 * Rows are sealed by the chunk: up to 110 sightings of one UTC day in one blob that fills one page
 * of the database. One row a sighting would cost a nonce, a tag and a row each, twice the size and
 * many times the work; a chunk a page also means that a torn page costs one chunk and no more, and
 * that a chunk can be found in a damaged file without the database around it. XChaCha20-Poly1305
 * with a random nonce; the chunk's number, kind, day, generation and the store's identifier are
 * authenticated with it.
 * Each day's chunks and rows are counted beside them, so that a damaged page cannot make rows
 * vanish in silence.
 *
 * What the seal protects. With the key beside the database: a database that is copied, backed up or
 * sent away without its key; not a stolen card, which holds both. With the key elsewhere
 * (another medium, a systemd credential bound to the TPM, a passphrase): a stolen card too, as long
 * as the key is not on it; a passphrase as far as it cannot be guessed at Argon2id's price. Never:
 * against somebody who has the running process.
 * What stays visible without the key: how many chunks there are and how large (so, how many rows),
 * their kind (sightings, encounters, undated), the UTC day of each, and the order of writing. Who
 * can write to the file cannot forge or move rows unseen, but can remove whole chunks and correct
 * their count, or put back an older copy of the file.
 *
 * What purging promises ends at the file. What flash hardware keeps in blocks that it has remapped
 * is out of a program's reach, as are copies made by snapshots and by a journalling or
 * copy-on-write file system.
 *
 * What durable means: handed to the disk and synced (fsync of the WAL). Killing the process loses
 * no row that was told as committed; losing power loses rows added since the last commit: those of
 * the sync interval, and of the time the disk takes. A disk that lies about syncing is out of
 * reach.
 *
 * Memory: keys and the chunk at hand lie in libsodium's guarded memory; rows that wait for the disk
 * in memory that core dumps leave out and that is wiped. What is read is the caller's.
 *
 * Threads: the calls on one handle may come from any thread. Those that read take turns; the thread
 * that writes is the store's own, and none but beacon_store_flush, _add_all, _import, _date_boot,
 * _purge, _close and _abandon wait for it. Closing is the last call, when no other is under way. A
 * handle is of no use to a child of fork, and until that child ends or calls exec it holds the
 * writer's lock.
 *
 * Messages are in the language of the process (gettext domain "libbeacon") and name the file.
 */
typedef struct beacon_store beacon_store;

#define BEACON_STORE_ERROR (beacon_store_error_quark())
BEACON_API GQuark beacon_store_error_quark(void);

typedef enum {
    BEACON_STORE_ERROR_IO,      /* the system's words; also what SQLite says of its surroundings */
    BEACON_STORE_ERROR_INVALID, /* misuse: an option, a time outside 2020 … 2100 */
    BEACON_STORE_ERROR_MISSING, /* there is no such store */
    BEACON_STORE_ERROR_KEY,     /* no key, a wrong one, or a key file others may read */
    BEACON_STORE_ERROR_FORMAT,  /* not a store, or of a newer version than this library knows */
    BEACON_STORE_ERROR_DAMAGED, /* beacon_store_salvage recovers the healthy part */
    BEACON_STORE_ERROR_BUSY,    /* another process writes to it, or reads for too long */
    BEACON_STORE_ERROR_READ_ONLY, /* the handle or the file system */
    BEACON_STORE_ERROR_NO_SPACE,  /* the disk is full: rows wait in the queue and are tried again */
    BEACON_STORE_ERROR_OVERFLOW,  /* the queue is full: this row was dropped, and counted */
    BEACON_STORE_ERROR_CANCELED,  /* a callback asked to stop */
} BeaconStoreError;

typedef enum {
    BEACON_STORE_READ = 0, /* beside a writer in any process; changes nothing */
    BEACON_STORE_WRITE,    /* the one writer; the store must exist */
    BEACON_STORE_CREATE,   /* the same, and made, with its key, where it is missing */
} BeaconStoreAccess;

typedef enum {
    BEACON_STORE_KEY_BESIDE = 0, /* STORE.key, created with the store */
    BEACON_STORE_KEY_FILE,       /* the file `key`, created with the store if it is missing */
    BEACON_STORE_KEY_PASSPHRASE, /* the text `key`, through Argon2id (64 MiB, 3 passes; salted) */
    BEACON_STORE_KEY_CREDENTIAL, /* $CREDENTIALS_DIRECTORY/`key` (systemd.exec, LoadCredential=);
                                    not created here: beacon_store_key_create makes the file to load
                                  */
} BeaconStoreKey;

#define BEACON_STORE_RETENTION_DAYS     14
#define BEACON_STORE_RETENTION_DAYS_MAX 21
#define BEACON_STORE_SYNC_INTERVAL_MS   5000
#define BEACON_STORE_QUEUE_ROWS         32768

struct beacon_store_options {
    size_t size; /* sizeof(struct beacon_store_options) */
    BeaconStoreAccess access;
    BeaconStoreKey key_source;
    const char *key;         /* as key_source says; not kept after opening */
    guint retention_days;    /* default 14; over 21 only with long_retention */
    gboolean long_retention; /* up to 400 days, for who has asked for it */
    /* The least time between two commits; default 5000. Sooner only when somebody waits for one
     * (flush and the like), or when the queue is half full. Each is one sync of the WAL; one in
     * some hundred is followed at once by a checkpoint, which takes two more. */
    guint sync_interval_ms;
    guint queue_rows; /* rows that may wait for the disk, 90 bytes each; default 32768 */
    /* For tests. The name of a registered SQLite VFS; NULL: SQLite's own. */
    const char *vfs;
    /* Monotonic time in microseconds; NULL: g_get_monotonic_time. With another, the writer looks at
     * it when rows are added, not by itself. Called from the writer's thread, and with its lock: it
     * must not call the store. */
    gint64 (*monotonic_us)(gpointer user);
    gpointer user;
};

/*
 * Opens a store, with options NULL to read one whose key is beside it. An older version is brought
 * up to this one's by a writer (see BEACON_STORE_VERSION), and refused to a reader. Opening takes
 * Argon2id's time with a passphrase. On a file system that is read-only a store that was closed
 * properly can be read.
 *
 * Errors: all but OVERFLOW and CANCELED. A second writer is refused with BUSY.
 */
BEACON_API beacon_store *beacon_store_open(const char *path,
                                           const struct beacon_store_options *options,
                                           GError **error);

/* Commits what waits, closes and frees, whatever the answer: FALSE when not everything became
 * durable, with the reason. Takes NULL. */
BEACON_API gboolean beacon_store_close(beacon_store *store, GError **error);

/* The same for who opened it in vain: where this handle made the store, and nothing was ever added,
 * the store and the key that was made for it are removed again. */
BEACON_API gboolean beacon_store_abandon(beacon_store *store, GError **error);

/* As beacon_store_close, for who does not ask; returns NULL. */
BEACON_API beacon_store *beacon_store_free(beacon_store *store);

/*
 * The version of the database's schema (PRAGMA user_version).
 *   2  this one: sealed chunks
 *   1  a plain table, one row a sighting, nothing sealed. Upgrading seals its rows and leaves none
 *      of their bytes in the file (vacuum). Rows that are no sightings are told, and the upgrade is
 *      refused as a whole: nothing is lost.
 */
#define BEACON_STORE_VERSION 2

/* A new random key into a new file of mode 0600, for BEACON_STORE_KEY_FILE or a credential; two
 * lines: "beacon-store-key 1", and 64 hexadecimal digits. An existing file is refused (IO). */
BEACON_API gboolean beacon_store_key_create(const char *path, GError **error);

/* One sighting, and the identifier that we ourselves sent at that moment (all zero: none). 36 bytes
 * of content, as in a trace (protocol 6.6) and beyond. */
struct beacon_store_row {
    struct beacon_identifier own;
    struct beacon_sighting sighting;
};

/*
 * Queues a sighting: it is durable after the next commit. Never waits for the disk. INVALID: a time
 * outside 2020 … 2100; OVERFLOW: the disk does not keep up; the row is counted as dropped.
 */
BEACON_API gboolean beacon_store_add(beacon_store *store, const struct beacon_store_row *row,
                                     GError **error);

/*
 * Adds many, waiting for room in the queue, and returns when all are durable. If the disk fails
 * meanwhile FALSE: rows up to *ret_added (may be NULL) are queued or durable, the others are not.
 */
BEACON_API gboolean beacon_store_add_all(beacon_store *store, const struct beacon_store_row rows[],
                                         gsize count, gsize *ret_added, GError **error);

/*
 * The same for rows that may have been added before, such as a trace imported twice: a row is added
 * only as often as it occurs in `rows` beyond the equal ones in the store (same time, identifiers,
 * levels and platform). *ret_added (may be NULL) is how many were new. Memory: the rows of one day.
 */
BEACON_API gboolean beacon_store_import(beacon_store *store, const struct beacon_store_row rows[],
                                        gsize count, gsize *ret_added, GError **error);

/* An encounter that is over, of one identifier. Its day is that of its end. */
struct beacon_store_encounter {
    struct beacon_identifier identifier;
    guint8 platform; /* enum beacon_platform */
    struct beacon_encounter encounter;
};

/* As beacon_store_add. INVALID also when it ends before it starts. */
BEACON_API gboolean beacon_store_add_encounter(beacon_store *store,
                                               const struct beacon_store_encounter *encounter,
                                               GError **error);

/*
 * Sightings made before the clock was known to be set. `time_ms` of theirs is time since the boot
 * that is named: CLOCK_BOOTTIME in ms, 0 or more. They are kept apart until beacon_store_date_boot;
 * those of a boot that is never dated are counted, listed, kept, and neither matched nor exported.
 * They have no day: retention does not reach them, beacon_store_purge_undated does.
 */
#define BEACON_STORE_BOOT_SIZE 16

struct beacon_store_boot {
    guint8 id[BEACON_STORE_BOOT_SIZE];
};

/* Of this machine, from /proc/sys/kernel/random/boot_id. IO. */
BEACON_API gboolean beacon_store_boot_current(struct beacon_store_boot *ret_boot, GError **error);

/* As beacon_store_add. INVALID: a time below 0. */
BEACON_API gboolean beacon_store_add_undated(beacon_store *store,
                                             const struct beacon_store_boot *boot,
                                             const struct beacon_store_row *row, GError **error);

/*
 * The clock has arrived: all sightings of that boot, queued ones too, get time + offset_ms, where
 * offset_ms is UTC less CLOCK_BOOTTIME. In one transaction, durable when it returns. INVALID, and
 * nothing is changed, if one would lie outside 2020 … 2100. ret_rows may be NULL.
 */
BEACON_API gboolean beacon_store_date_boot(beacon_store *store,
                                           const struct beacon_store_boot *boot, gint64 offset_ms,
                                           guint64 *ret_rows, GError **error);

/*
 * Waits until all rows queued before it are durable. FALSE as soon as a commit fails: the rows stay
 * queued, and are tried again every second.
 * Where the database is damaged and refuses rows of a day, those are set aside in another part of
 * it (at once if its pages are wrong, at the third attempt if the disk cannot read them) and hold
 * up no others. They are durable, health tells how many and why, and beacon_store_salvage brings
 * them together with what else is whole.
 */
BEACON_API gboolean beacon_store_flush(beacon_store *store, GError **error);

/* How it goes. Never waits for the disk. */
struct beacon_store_health {
    guint64 queued;           /* rows that wait */
    guint64 committed;        /* rows made durable by this handle */
    guint64 dropped;          /* rows refused with OVERFLOW */
    guint64 set_aside;        /* committed, though the place of their day is damaged: salvage */
    guint64 commits;          /* that succeeded */
    guint64 failures;         /* commits that failed, each tried again */
    gint64 last_sync_us;      /* monotonic time of the last that succeeded; 0: none yet */
    gint64 longest_commit_us; /* what the slowest took */
    gboolean is_failing;      /* the last one failed */
    char last_error[256];     /* its message, or the last there was; "" if none */
};

BEACON_API void beacon_store_health(beacon_store *store, struct beacon_store_health *ret_health);

/* Returning FALSE stops the reader (CANCELED). It may call the store. */
typedef gboolean beacon_store_row_fn(const struct beacon_store_row *row, gpointer user);
typedef gboolean beacon_store_encounter_fn(const struct beacon_store_encounter *encounter,
                                           gpointer user);
typedef gboolean beacon_store_undated_fn(const struct beacon_store_boot *boot,
                                         const struct beacon_store_row *row, gpointer user);

/*
 * Durable rows with from_ms <= time < to_ms in order of time; those of one instant in the order in
 * which they were added. A UTC day is read at once, in one short transaction, and held in memory
 * (40 bytes a row); callbacks are outside of it, so that a slow one keeps no writer waiting.
 * Nothing is told of a day with a damaged chunk: the others are told, and then it fails with
 * DAMAGED, naming the days that were left out.
 */
BEACON_API gboolean beacon_store_read(beacon_store *store, gint64 from_ms, gint64 to_ms,
                                      beacon_store_row_fn *on_row, gpointer user, GError **error);

/* The same as a GArray of struct beacon_sighting in order of time, for beacon_matcher_new; the
 * caller frees it (g_array_unref). NULL on an error. At most G_MAXUINT32 rows. */
BEACON_API GArray *beacon_store_load(beacon_store *store, gint64 from_ms, gint64 to_ms,
                                     GError **error);

/* Encounters that end in from_ms <= end < to_ms, in order of their end. */
BEACON_API gboolean beacon_store_read_encounters(beacon_store *store, gint64 from_ms, gint64 to_ms,
                                                 beacon_store_encounter_fn *on_encounter,
                                                 gpointer user, GError **error);

/* Sightings that have no date, as they were added; their time is counted since their boot. */
BEACON_API gboolean beacon_store_read_undated(beacon_store *store, beacon_store_undated_fn *on_row,
                                              gpointer user, GError **error);

/* What is there. */
struct beacon_store_info {
    guint version;
    guint64 sightings; /* dated */
    guint64 encounters;
    guint64 undated;
    guint64 chunks;
    guint64 bytes;    /* of the database and its WAL */
    gint64 oldest_ms; /* of the sightings; 0 if there is none */
    gint64 newest_ms;
    guint retention_days;  /* of this handle */
    gboolean purge_is_due; /* a purge was cut short: purge again */
};

BEACON_API gboolean beacon_store_info(beacon_store *store, struct beacon_store_info *ret_info,
                                      GError **error);

struct beacon_store_day {
    gint64 day; /* UTC, since 1970-01-01 */
    guint64 sightings;
    guint64 encounters;
};

/* A GArray of struct beacon_store_day, in order, days without rows left out. NULL on an error. */
BEACON_API GArray *beacon_store_days(beacon_store *store, GError **error);

struct beacon_store_purged {
    guint64 sightings;
    guint64 encounters;
    guint64 undated;
};

/*
 * Deletes for certain what lies before before_ms (encounters by their end): when it returns TRUE no
 * byte of what was stored of it is left in STORE or STORE-wal: rows are overwritten
 * (secure_delete), the database is rebuilt (VACUUM, which needs as much free space again, also
 * where SQLite puts temporary files) and the WAL is emptied. If the rebuilding fails (NO_SPACE;
 * BUSY, a reader that does not end within 10 s) the rows are gone, the certainty is not: purge
 * again (purge_is_due); the next opening by a writer tries by itself. Nothing to delete costs
 * nothing. A damaged chunk of the day in which before_ms lies goes with its day. Where pages are
 * damaged it may fail (DAMAGED): salvage first. ret_purged may be NULL.
 */
BEACON_API gboolean beacon_store_purge(beacon_store *store, gint64 before_ms,
                                       struct beacon_store_purged *ret_purged, GError **error);

/* The same for what is older than retention_days at now_ms. To be called daily, with a clock that
 * is known to be set: one that has jumped to 2038 would delete everything. INVALID outside 2020 …
 * 2100. */
BEACON_API gboolean beacon_store_purge_expired(beacon_store *store, gint64 now_ms,
                                               struct beacon_store_purged *ret_purged,
                                               GError **error);

/* The same for undated sightings of every boot but one (NULL: of all). */
BEACON_API gboolean beacon_store_purge_undated(beacon_store *store,
                                               const struct beacon_store_boot *except,
                                               struct beacon_store_purged *ret_purged,
                                               GError **error);

/* What a check found. */
struct beacon_store_report {
    guint64 chunks;                         /* read and found whole */
    guint64 damaged_chunks;                 /* found, but not as they were written, or unreadable */
    guint64 sightings, encounters, undated; /* in whole chunks */
    gboolean database_is_whole;             /* by SQLite's integrity check */
    char first_problem[256];                /* in words; "" if there is none */
};

/* Reads everything. TRUE if it could be checked, whatever was found. */
BEACON_API gboolean beacon_store_check(beacon_store *store, struct beacon_store_report *ret_report,
                                       GError **error);

/*
 * Recovers what is whole from a damaged store (and its WAL) into a new one. It searches the bytes
 * of the files for chunks and believes those whose seal holds, so it needs nothing else to be
 * right; of a chunk that was rewritten it takes the newest copy. `from` is only read; `to` must not
 * exist, is not left half-made, and takes `key_source` and `key` of options for both: KEY_BESIDE
 * means FROM.key, and a new TO.key. damaged_chunks counts places that look like a chunk and are not
 * whole. Undated sightings that were dated already may come back as undated too; rows of a purge
 * that has ended do not come back. Other processes may have `from` open, this one must not: closing
 * it would end the locks that SQLite has on it. A store of version 1 has no seal: it cannot be
 * salvaged here (FORMAT), SQLite's own `.recover` can.
 *
 * options may be NULL; of it size, key_source, key and vfs are used. Errors: KEY also when no chunk
 * at all opens.
 */
BEACON_API gboolean beacon_store_salvage(const char *from, const char *to,
                                         const struct beacon_store_options *options,
                                         struct beacon_store_report *ret_report, GError **error);

G_END_DECLS

#endif
