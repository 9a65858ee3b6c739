/* SPDX-License-Identifier: MIT */
/* The PIN of the guard who is not at the local screen: its hash on disk, attempts counted, and
 * sessions that end. */
#include "web_parts.h"

#include "say.h"

#include <sodium.h>

#include <string.h>
#include <sys/stat.h>

/* A million PINs at thirty attempts an hour take years. The hash is for those who read the file. */
enum {
    SESSIONS = 16,
    SESSION_HOURS = 12, /* a shift */
    PEERS = 64,
    PEER_ATTEMPTS = 5,
    PEER_MINUTES = 15,
    ALL_ATTEMPTS = 30,
    ALL_MINUTES = 60,
    DIGITS_MAX = 32,
    HASH_PASSES = 3,
    HASH_BYTES = 16 << 20, /* of memory, which a small board has */
};

struct session {
    char token[TOKEN_DIGITS + 1]; /* "": free */
    gint64 end_us;
};

/* Wrong attempts since a moment. */
struct attempts {
    char *peer; /* NULL: free, or of all */
    gint64 since_us;
    guint wrong;
};

struct web_pin {
    beacon_clock *clock;
    char hash[crypto_pwhash_STRBYTES];
    struct session sessions[SESSIONS];
    struct attempts peers[PEERS];
    struct attempts all;
    /* The one attempt under way. */
    GCancellable *under_way; /* NULL: none */
    char *peer;
    SoupServerMessage *message;
    web_pin_fn *fn;
    gpointer user;
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

struct web_pin *web_pin_new(const char *path, beacon_clock *clock, GError **error)
{
    struct web_pin *pin = g_new0(struct web_pin, 1);

    pin->clock = beacon_clock_ref(clock);
    return read_hash(pin, path, error) ? pin : web_pin_free(pin);
}

struct web_pin *web_pin_free(struct web_pin *pin)
{
    if (pin == NULL)
        return NULL;
    if (pin->under_way != NULL)
        g_cancellable_cancel(pin->under_way);
    g_clear_object(&pin->under_way);
    g_clear_object(&pin->message);
    g_free(pin->peer);
    for (guint i = 0; i < PEERS; i++)
        g_free(pin->peers[i].peer);
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

/* ---- Attempts ---- */

static gboolean is_spent(struct web_pin *pin, struct attempts *attempts, guint limit, guint minutes)
{
    gint64 now = beacon_clock_monotonic_us(pin->clock);

    if (now - attempts->since_us >= (gint64)minutes * 60 * G_USEC_PER_SEC) {
        attempts->wrong = 0;
        attempts->since_us = now;
    }
    return attempts->wrong >= limit;
}

/* That of the peer; or the place of the one that began longest ago, now the peer's. Whoever has
 * many addresses gains by that no more than the limit for all. */
static struct attempts *of_peer(struct web_pin *pin, const char *peer)
{
    struct attempts *oldest = &pin->peers[0];

    for (guint i = 0; i < PEERS; i++) {
        if (g_strcmp0(pin->peers[i].peer, peer) == 0)
            return &pin->peers[i];
        if (pin->peers[i].peer == NULL ||
            (oldest->peer != NULL && pin->peers[i].since_us < oldest->since_us))
            oldest = &pin->peers[i];
    }
    g_free(oldest->peer);
    *oldest = (struct attempts){
        .peer = g_strdup(peer),
        .since_us = beacon_clock_monotonic_us(pin->clock),
    };
    return oldest;
}

static gboolean may_try(struct web_pin *pin, const char *peer)
{
    return pin->under_way == NULL && !is_spent(pin, &pin->all, ALL_ATTEMPTS, ALL_MINUTES) &&
           !is_spent(pin, of_peer(pin, peer), PEER_ATTEMPTS, PEER_MINUTES);
}

static void attempt_free(gpointer data)
{
    struct attempt *attempt = data;

    sodium_memzero(attempt->digits, strlen(attempt->digits));
    g_free(attempt->digits);
    g_free(attempt);
}

static void verify(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct attempt *attempt = data;

    (void)source, (void)cancellable;
    g_task_return_boolean(task, crypto_pwhash_str_verify(attempt->hash, attempt->digits,
                                                         strlen(attempt->digits)) == 0);
}

static enum web_pin_result note_attempt(struct web_pin *pin, gboolean right)
{
    struct attempts *attempts = of_peer(pin, pin->peer);

    if (right) {
        attempts->wrong = 0;
        return WEB_PIN_RIGHT;
    }
    attempts->wrong++;
    pin->all.wrong++;
    return WEB_PIN_WRONG;
}

static void on_verified(GObject *source, GAsyncResult *result, gpointer user)
{
    struct web_pin *pin = user;
    GError *error = NULL;
    gboolean right = g_task_propagate_boolean(G_TASK(result), &error);
    SoupServerMessage *message;
    enum web_pin_result outcome;

    (void)source;
    if (error != NULL) { /* the page has ended, and the PIN with it */
        g_error_free(error);
        return;
    }
    outcome = note_attempt(pin, right);
    g_clear_object(&pin->under_way);
    g_clear_pointer(&pin->peer, g_free);
    message = g_steal_pointer(&pin->message);
    pin->fn(outcome, outcome == WEB_PIN_RIGHT ? begin_session(pin) : NULL, message, pin->user);
    g_object_unref(message);
}

void web_pin_try(struct web_pin *pin, const char *peer, const char *digits,
                 SoupServerMessage *message, web_pin_fn *fn, gpointer user)
{
    struct attempt *attempt;
    GTask *task;

    if (!may_try(pin, peer)) {
        fn(WEB_PIN_WAIT, NULL, message, user);
        return;
    }
    pin->under_way = g_cancellable_new();
    pin->peer = g_strdup(peer);
    pin->message = g_object_ref(message);
    pin->fn = fn;
    pin->user = user;
    attempt = g_new0(struct attempt, 1);
    memcpy(attempt->hash, pin->hash, sizeof attempt->hash);
    attempt->digits = g_strdup(digits);
    task = g_task_new(NULL, pin->under_way, on_verified, pin);
    g_task_set_task_data(task, attempt, attempt_free);
    g_task_run_in_thread(task, verify);
    g_object_unref(task);
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
