/* SPDX-License-Identifier: MIT */
/* The PIN of the guard who is not at the local screen: its hash on disk, guesses that are paced,
 * devices that are known, and sessions that end. */
#include "web_parts.h"

#include "say.h"

#include <sodium.h>

#include <string.h>
#include <sys/stat.h>

/*
 * A device that gave the PIN once is known by a cookie, and guesses at a pace of its own: nothing
 * that strangers do keeps it out. Strangers share one pace, however many addresses they have (of
 * IPv6, as many as they like), and within it each address has its own, so that one cannot use up
 * what there is for all. Nobody is locked out: whoever waits is heard again.
 *
 * A PIN has six digits at least. Of their 10^6 strangers try 30 an hour, and 10 more once: half of
 * them take 16,666 hours, 1.9 years. A known device that was stolen adds 20 an hour, which leaves
 * 1.1 years to change the PIN in; with that no device is known any more. The hash is for those who
 * read the file.
 */
enum {
    SESSIONS = 16,
    SESSION_HOURS = 12, /* a shift */
    GUESSERS = 64,
    GUESSER_AT_ONCE = 5, /* then one in so many seconds: */
    GUESSER_PACE_S = 180,
    STRANGERS_AT_ONCE = 10,
    STRANGERS_PACE_S = 120,
    DIGITS_MAX = 32,
    HASH_PASSES = 3,
    HASH_BYTES = 16 << 20, /* of memory, which a small board has */
};

struct session {
    char token[TOKEN_DIGITS + 1]; /* "": free */
    gint64 end_us;
};

/* Who guessed wrong: an address, or a known device. */
struct guesser {
    char *name;    /* NULL: free */
    gint64 due_us; /* when, at its pace, all its guesses are made good */
};

/* Strangers are on one, known devices on the other; one attempt at a time is looked at on each. */
struct lane {
    struct web_pin *pin;
    struct guesser guessers[GUESSERS];
    GCancellable *under_way; /* NULL: none */
    char *name;              /* of who attempts */
    SoupServerMessage *message;
    web_pin_fn *fn;
    gpointer user;
};

struct web_pin {
    beacon_clock *clock;
    char hash[crypto_pwhash_STRBYTES];
    unsigned char device_key[crypto_generichash_KEYBYTES];
    struct session sessions[SESSIONS];
    struct lane strangers, devices;
    gint64 strangers_due_us; /* as a guesser's */
};

/* What a thread looks at: it takes long, and the radio shall not wait for it. */
struct attempt {
    char hash[crypto_pwhash_STRBYTES];
    char *digits;
};

static gboolean read_hash(struct web_pin *pin, const char *path, GError **error)
{
    struct stat info;
    char *text = NULL;
    gsize size;
    GError *cause = NULL;
    gboolean sound;

    if (!g_file_get_contents(path, &text, &size, &cause)) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_IO, _("cannot read the PIN's file: %s"),
                    cause->message);
        g_error_free(cause);
        return FALSE;
    }
    sound = size < sizeof pin->hash && g_str_has_prefix(text, "$argon2id$");
    if (sound) {
        memcpy(pin->hash, text, size);
        g_strchomp(pin->hash);
        sound = strlen(pin->hash) > 0 &&
                crypto_pwhash_str_needs_rehash(pin->hash, HASH_PASSES, HASH_BYTES) >= 0;
    }
    sodium_memzero(text, size);
    g_free(text);
    if (!sound)
        g_set_error(error, WEB_ERROR, WEB_ERROR_PIN, _("%s: not a PIN's file; set the PIN anew"),
                    path);
    else if (stat(path, &info) == 0 && (info.st_mode & 07) != 0) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_PIN,
                    _("%s: others may read or write it; allow its owner and group alone"), path);
        sound = FALSE;
    }
    return sound;
}

/* Made of the PIN's hash: with another PIN no device is known. */
static void make_device_key(struct web_pin *pin)
{
    static const char purpose[crypto_generichash_KEYBYTES] = "beacon-entrance: known devices";

    crypto_generichash(pin->device_key, sizeof pin->device_key, (const unsigned char *)pin->hash,
                       strlen(pin->hash), (const unsigned char *)purpose, sizeof purpose);
}

struct web_pin *web_pin_new(const char *path, beacon_clock *clock, GError **error)
{
    struct web_pin *pin = g_new0(struct web_pin, 1);

    pin->clock = beacon_clock_ref(clock);
    pin->strangers.pin = pin->devices.pin = pin;
    if (!read_hash(pin, path, error))
        return web_pin_free(pin);
    make_device_key(pin);
    return pin;
}

static void end_lane(struct lane *lane)
{
    if (lane->under_way != NULL)
        g_cancellable_cancel(lane->under_way);
    g_clear_object(&lane->under_way);
    g_clear_object(&lane->message);
    g_free(lane->name);
    for (guint i = 0; i < GUESSERS; i++)
        g_free(lane->guessers[i].name);
}

struct web_pin *web_pin_free(struct web_pin *pin)
{
    if (pin == NULL)
        return NULL;
    end_lane(&pin->strangers);
    end_lane(&pin->devices);
    beacon_clock_unref(pin->clock);
    sodium_memzero(pin, sizeof *pin);
    g_free(pin);
    return NULL;
}

/* ---- Sessions ---- */

static struct session *find_session(struct web_pin *pin, const char *token)
{
    gint64 now = beacon_clock_monotonic_us(pin->clock);
    struct session *result = NULL;

    for (guint i = 0; i < SESSIONS; i++) {
        struct session *session = &pin->sessions[i];

        if (session->token[0] != '\0' && session->end_us <= now)
            sodium_memzero(session, sizeof *session);
        if (session->token[0] != '\0' && web_token_is(session->token, token))
            result = session;
    }
    return result;
}

gboolean web_pin_has(struct web_pin *pin, const char *session)
{
    return session != NULL && find_session(pin, session) != NULL;
}

void web_pin_forget(struct web_pin *pin, const char *session)
{
    struct session *found = find_session(pin, session);

    if (found != NULL)
        sodium_memzero(found, sizeof *found);
}

/* A free place, or that of the session that ends first. */
static const char *begin_session(struct web_pin *pin)
{
    struct session *place = &pin->sessions[0];

    for (guint i = 1; i < SESSIONS; i++)
        if (pin->sessions[i].end_us < place->end_us)
            place = &pin->sessions[i];
    web_random_hex(place->token);
    place->end_us =
        beacon_clock_monotonic_us(pin->clock) + SESSION_HOURS * (gint64)3600 * G_USEC_PER_SEC;
    return place->token;
}

/* ---- Devices ---- */

/* "<number><mark>", the mark being one that we alone can make. */
static void mark_device(const struct web_pin *pin, const char *number,
                        char ret_device[WEB_DEVICE_DIGITS + 1])
{
    unsigned char mark[TOKEN_DIGITS / 2];

    crypto_generichash(mark, sizeof mark, (const unsigned char *)number, TOKEN_DIGITS,
                       pin->device_key, sizeof pin->device_key);
    memcpy(ret_device, number, TOKEN_DIGITS);
    sodium_bin2hex(ret_device + TOKEN_DIGITS, TOKEN_DIGITS + 1, mark, sizeof mark);
    sodium_memzero(mark, sizeof mark);
}

static gboolean is_known(const struct web_pin *pin, const char *device)
{
    char expected[WEB_DEVICE_DIGITS + 1];
    gboolean result;

    if (device == NULL || strlen(device) != WEB_DEVICE_DIGITS)
        return FALSE;
    mark_device(pin, device, expected);
    result = sodium_memcmp(expected, device, WEB_DEVICE_DIGITS) == 0;
    sodium_memzero(expected, sizeof expected);
    return result;
}

/* ---- Pace ---- */

/* So many at once, then one a pace. */
static gboolean is_in_pace(gint64 due_us, gint64 now_us, gint64 at_once, gint64 pace_s)
{
    return due_us - now_us <= (at_once - 1) * pace_s * G_USEC_PER_SEC;
}

static gint64 after_one(gint64 due_us, gint64 now_us, gint64 pace_s)
{
    return MAX(due_us, now_us) + pace_s * G_USEC_PER_SEC;
}

/* Whoever guessed wrong under that name; NULL: nobody. */
static struct guesser *find_guesser(struct lane *lane, const char *name)
{
    for (guint i = 0; i < GUESSERS; i++)
        if (g_strcmp0(lane->guessers[i].name, name) == 0)
            return &lane->guessers[i];
    return NULL;
}

/* In the place of the one whose guesses are made good first: those who guess most are remembered
 * longest, and who has many addresses gains no more than the strangers' pace. */
static struct guesser *add_guesser(struct lane *lane, const char *name)
{
    struct guesser *place = &lane->guessers[0];

    for (guint i = 1; i < GUESSERS; i++)
        if (lane->guessers[i].due_us < place->due_us)
            place = &lane->guessers[i];
    g_free(place->name);
    *place = (struct guesser){.name = g_strdup(name)};
    return place;
}

static gboolean may_try(struct lane *lane, const char *name)
{
    gint64 now_us = beacon_clock_monotonic_us(lane->pin->clock);
    const struct guesser *guesser = find_guesser(lane, name);

    if (lane->under_way != NULL)
        return FALSE;
    if (lane == &lane->pin->strangers &&
        !is_in_pace(lane->pin->strangers_due_us, now_us, STRANGERS_AT_ONCE, STRANGERS_PACE_S))
        return FALSE;
    return guesser == NULL || is_in_pace(guesser->due_us, now_us, GUESSER_AT_ONCE, GUESSER_PACE_S);
}

static void note_right(struct lane *lane)
{
    struct guesser *guesser = find_guesser(lane, lane->name);

    if (guesser != NULL)
        guesser->due_us = 0;
}

static void note_wrong(struct lane *lane)
{
    gint64 now_us = beacon_clock_monotonic_us(lane->pin->clock);
    struct guesser *guesser = find_guesser(lane, lane->name);

    if (guesser == NULL)
        guesser = add_guesser(lane, lane->name);
    guesser->due_us = after_one(guesser->due_us, now_us, GUESSER_PACE_S);
    if (lane == &lane->pin->strangers)
        lane->pin->strangers_due_us =
            after_one(lane->pin->strangers_due_us, now_us, STRANGERS_PACE_S);
}

/* ---- Attempts ---- */

static void attempt_free(gpointer data)
{
    struct attempt *attempt = data;

    sodium_memzero(attempt->digits, strlen(attempt->digits));
    g_free(attempt->digits);
    sodium_memzero(attempt, sizeof *attempt);
    g_free(attempt);
}

static void verify(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct attempt *attempt = data;

    (void)source, (void)cancellable;
    g_task_return_boolean(task, crypto_pwhash_str_verify(attempt->hash, attempt->digits,
                                                         strlen(attempt->digits)) == 0);
}

/* What whoever gave the PIN gets: a session, and to be known; a known device keeps its number. */
static void let_in(struct lane *lane, const char *name, SoupServerMessage *message)
{
    char number[TOKEN_DIGITS + 1], device[WEB_DEVICE_DIGITS + 1];

    if (lane == &lane->pin->devices)
        g_strlcpy(number, name, sizeof number);
    else
        web_random_hex(number);
    mark_device(lane->pin, number, device);
    lane->fn(WEB_PIN_RIGHT, begin_session(lane->pin), device, message, lane->user);
    sodium_memzero(device, sizeof device);
}

static void on_verified(GObject *source, GAsyncResult *result, gpointer user)
{
    struct lane *lane = user;
    GError *error = NULL;
    gboolean right = g_task_propagate_boolean(G_TASK(result), &error);
    SoupServerMessage *message;
    char *name;

    (void)source;
    if (error != NULL) { /* the page has ended, and the PIN with it */
        g_error_free(error);
        return;
    }
    if (right)
        note_right(lane);
    else
        note_wrong(lane);
    g_clear_object(&lane->under_way);
    name = g_steal_pointer(&lane->name);
    message = g_steal_pointer(&lane->message);
    if (right)
        let_in(lane, name, message);
    else
        lane->fn(WEB_PIN_WRONG, NULL, NULL, message, lane->user);
    g_object_unref(message);
    g_free(name);
}

static void begin_attempt(struct lane *lane, const char *digits)
{
    struct attempt *attempt = g_new0(struct attempt, 1);
    GTask *task;

    lane->under_way = g_cancellable_new();
    memcpy(attempt->hash, lane->pin->hash, sizeof attempt->hash);
    attempt->digits = g_strdup(digits);
    task = g_task_new(NULL, lane->under_way, on_verified, lane);
    g_task_set_task_data(task, attempt, attempt_free);
    g_task_run_in_thread(task, verify);
    g_object_unref(task);
}

void web_pin_try(struct web_pin *pin, const char *peer, const char *device, const char *digits,
                 SoupServerMessage *message, web_pin_fn *fn, gpointer user)
{
    gboolean known = is_known(pin, device);
    struct lane *lane = known ? &pin->devices : &pin->strangers;
    char *name = known ? g_strndup(device, TOKEN_DIGITS) : g_strdup(peer);

    if (!may_try(lane, name)) {
        g_free(name);
        fn(WEB_PIN_WAIT, NULL, NULL, message, user);
        return;
    }
    lane->name = name;
    lane->message = g_object_ref(message);
    lane->fn = fn;
    lane->user = user;
    begin_attempt(lane, digits);
}

/* ---- The file ---- */

static gboolean is_pin(const char *pin)
{
    gsize length = strlen(pin);

    return length >= WEB_PIN_DIGITS && length <= DIGITS_MAX && strspn(pin, "0123456789") == length;
}

gboolean web_pin_write(const char *path, const char *pin, GError **error)
{
    char hash[crypto_pwhash_STRBYTES + 1] = "";
    GError *cause = NULL;
    gboolean written;

    if (!is_pin(pin)) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_PIN,
                    _("a PIN is %d digits at least, and %d at most"), WEB_PIN_DIGITS, DIGITS_MAX);
        return FALSE;
    }
    if (sodium_init() < 0 ||
        crypto_pwhash_str(hash, pin, strlen(pin), HASH_PASSES, HASH_BYTES) != 0) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_IO, _("not enough memory to hash the PIN"));
        return FALSE;
    }
    strcat(hash, "\n");
    written = g_file_set_contents_full(
        path, hash, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &cause);
    sodium_memzero(hash, sizeof hash);
    if (!written) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_IO, _("cannot write the PIN's file: %s"),
                    cause->message);
        g_error_free(cause);
    }
    return written;
}
