/* SPDX-License-Identifier: MIT */
/* Recovers chunks from the bytes of a damaged store, without believing anything but their seals. */
#include "store/fail.h"
#include "store/files.h"
#include "store/store.h"
#include "store/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read at once; neighbouring windows share what a chunk may need. */
#define WINDOW (1 << 20)

/* Different salts of Argon2id that a file is believed to need. */
#define SEALS_MAX 4

/* The newest copy of a chunk. */
struct copy {
    struct identity {
        guint64 id;
        guint64 birth;
    } of;
    guint32 generation;
    guint file;
    gint64 offset;
};

struct salvage {
    const char *from;
    struct bcn_store_key key;
    int files[2]; /* the database and its WAL; -1 for none */
    guint8 *window;
    guint8 *records;    /* guarded */
    GArray *seals;      /* of struct bcn_store_seal; those without a key do not open */
    GHashTable *copies; /* struct identity: struct copy */
    struct beacon_store_report report;
    guint64 looked_like_one;
    GError *key_error; /* why a key could not be had */
};

static bool open_files(struct salvage *salvage, GError **error)
{
    char *wal = bcn_store_beside(salvage->from, "-wal");

    salvage->files[0] = open(salvage->from, O_RDONLY | O_CLOEXEC);
    if (salvage->files[0] < 0 && errno == ENOENT)
        bcn_store_fail(salvage->from, BEACON_STORE_ERROR_MISSING, _("there is no such store"),
                       error);
    else if (salvage->files[0] < 0)
        bcn_store_fail_system(salvage->from, errno, error);
    salvage->files[1] = open(wal, O_RDONLY | O_CLOEXEC);
    g_free(wal);
    return salvage->files[0] >= 0;
}

/* As many bytes as there are, up to `size`; negative on an error. A place that the disk cannot read
 * is a hole in the store, not the end of it. */
static gssize read_at(struct salvage *salvage, guint file, gint64 offset, gsize size)
{
    ssize_t got;

    do
        got = pread(salvage->files[file], salvage->window, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The seal that a head asks for; NULL when its key cannot be had. */
static const struct bcn_store_seal *seal_of(struct salvage *salvage,
                                            const struct bcn_store_head *head)
{
    struct bcn_store_seal seal = {.passes = head->passes, .memory_log2 = head->memory_log2};
    guint8 check[BCN_STORE_CHECK_SIZE];

    for (guint i = 0; i < salvage->seals->len; i++) {
        const struct bcn_store_seal *known =
            &g_array_index(salvage->seals, struct bcn_store_seal, i);

        if (memcmp(known->store_id, head->store_id, BCN_STORE_ID_SIZE) == 0 &&
            known->passes == head->passes && known->memory_log2 == head->memory_log2)
            return known->key ? known : NULL;
    }
    if (head->passes != 0 && salvage->seals->len >= SEALS_MAX)
        return NULL;
    memcpy(seal.store_id, head->store_id, BCN_STORE_ID_SIZE);
    if (!bcn_store_seal_unlock(salvage->from, &salvage->key, &seal, check,
                               salvage->key_error ? NULL : &salvage->key_error))
        seal.key = NULL;
    g_array_append_val(salvage->seals, seal);
    return seal.key ? &g_array_index(salvage->seals, struct bcn_store_seal, salvage->seals->len - 1)
                    : NULL;
}

static void remember(struct salvage *salvage, const struct bcn_store_head *head, guint file,
                     gint64 offset)
{
    const struct identity of = {head->id, head->birth};
    struct copy *copy = g_hash_table_lookup(salvage->copies, &of);

    if (!copy) {
        copy = g_new0(struct copy, 1);
        copy->of = of;
        g_hash_table_insert(salvage->copies, &copy->of, copy);
    } else if (copy->generation >= head->generation) {
        return;
    }
    copy->generation = head->generation;
    copy->file = file;
    copy->offset = offset;
}

/* What stands at the beginning of some bytes: true if it is a whole chunk. */
static bool open_at(struct salvage *salvage, const guint8 *bytes, gsize size,
                    struct bcn_store_head *ret_head)
{
    const struct bcn_store_seal *seal;

    if (!bcn_store_head_read(bytes, size, ret_head))
        return false;
    seal = seal_of(salvage, ret_head);
    return seal && bcn_store_chunk_open(seal, bytes, ret_head, salvage->records);
}

/* Of the window at `offset`, chunks that begin before `end`. */
static void search_window(struct salvage *salvage, guint file, gint64 offset, gsize size, gsize end)
{
    gsize at = bcn_store_chunk_find(salvage->window, size, 0);

    while (at < end) {
        struct bcn_store_head head;
        gsize step = 1;

        salvage->looked_like_one++;
        if (open_at(salvage, salvage->window + at, size - at, &head)) {
            remember(salvage, &head, file, offset + (gint64)at);
            step = bcn_store_chunk_size(head.kind, head.count);
        } else {
            salvage->report.damaged_chunks++;
        }
        at = bcn_store_chunk_find(salvage->window, size, at + step);
    }
}

static bool search(struct salvage *salvage, guint file, GError **error)
{
    gint64 offset = 0;
    gssize got;

    while ((got = read_at(salvage, file, offset, WINDOW)) != 0) {
        if (got < 0 && errno != EIO)
            return bcn_store_fail_system(salvage->from, errno, error);
        if (got < 0) { /* a sector after the other, until the disk can read again */
            offset += 512;
            if (lseek(salvage->files[file], 0, SEEK_END) <= offset)
                return true;
            salvage->report.damaged_chunks++;
            continue;
        }
        if (got < WINDOW) {
            search_window(salvage, file, offset, (gsize)got, (gsize)got);
            offset += got;
        } else {
            search_window(salvage, file, offset, WINDOW, WINDOW - BCN_STORE_CHUNK_MAX);
            offset += WINDOW - BCN_STORE_CHUNK_MAX;
        }
    }
    return true;
}

static gint compare_copies(gconstpointer a, gconstpointer b)
{
    const struct copy *first = a, *second = b;

    return first->of.id < second->of.id ? -1 : first->of.id > second->of.id;
}

static bool put_records(struct salvage *salvage, const struct bcn_store_head *head,
                        beacon_store *to, GError **error)
{
    guint64 *const rows[] = {&salvage->report.sightings, &salvage->report.encounters,
                             &salvage->report.undated};
    const gsize size = bcn_store_record_size(head->kind);

    for (guint i = 0; i < head->count; i++) {
        struct bcn_store_item item;
        bool is_put;

        bcn_store_item_of_record(head->kind, head->day, salvage->records + i * size, &item);
        is_put = bcn_store_writer_put(to->writer, &item, error);
        sodium_memzero(&item, sizeof(item));
        if (!is_put)
            return false;
    }
    salvage->report.chunks++;
    *rows[head->kind] += head->count;
    return true;
}

/* In the order in which they were written. */
static bool copy_chunks(struct salvage *salvage, beacon_store *to, GError **error)
{
    GList *copies = g_list_sort(g_hash_table_get_values(salvage->copies), compare_copies);
    bool is_good = true;

    for (const GList *each = copies; is_good && each; each = each->next) {
        const struct copy *copy = each->data;
        const gssize got = read_at(salvage, copy->file, copy->offset, BCN_STORE_CHUNK_MAX);
        struct bcn_store_head head;

        if (got > 0 && open_at(salvage, salvage->window, (gsize)got, &head))
            is_good = put_records(salvage, &head, to, error);
        else
            salvage->report.damaged_chunks++; /* it changed meanwhile */
    }
    g_list_free(copies);
    return is_good;
}

static bool fail_empty(struct salvage *salvage, GError **error)
{
    if (salvage->looked_like_one == 0)
        return bcn_store_fail(salvage->from, BEACON_STORE_ERROR_FORMAT,
                              _("nothing of a store is left in it"), error);
    if (salvage->key_error) {
        g_propagate_error(error, salvage->key_error);
        salvage->key_error = NULL;
        return false;
    }
    return bcn_store_fail(salvage->from, BEACON_STORE_ERROR_KEY,
                          _("the key opens nothing in it: a wrong key, or all is damaged"), error);
}

/* What was begun and could not be ended; its key only if that was made for it. */
static void remove_store(const char *path, bool has_new_key)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        bcn_store_remove_beside(path, suffixes[i]);
    if (has_new_key)
        bcn_store_remove_beside(path, ".key");
}

/* False if the name is taken. */
static bool is_free(const char *path, const char *suffix)
{
    char *name = bcn_store_beside(path, suffix);
    struct stat status;
    bool is_taken = lstat(name, &status) == 0;

    g_free(name);
    return !is_taken;
}

static bool write_store(struct salvage *salvage, const char *to, const char *vfs, GError **error)
{
    const struct beacon_store_options options = {.size = sizeof(options),
                                                 .access = BEACON_STORE_CREATE,
                                                 .key_source = salvage->key.source,
                                                 .key = salvage->key.text,
                                                 .vfs = vfs};
    const bool has_new_key = salvage->key.source == BEACON_STORE_KEY_BESIDE && is_free(to, ".key");
    beacon_store *store;
    bool is_good;

    if (!is_free(to, ""))
        return bcn_store_fail_system(to, EEXIST, error);
    store = beacon_store_open(to, &options, error);
    if (!store)
        return false;
    is_good = copy_chunks(salvage, store, error);
    is_good = beacon_store_close(store, is_good ? error : NULL) && is_good;
    if (!is_good)
        remove_store(to, has_new_key);
    return is_good;
}

static bool run(struct salvage *salvage, const char *to, const char *vfs, GError **error)
{
    for (guint file = 0; file < G_N_ELEMENTS(salvage->files); file++)
        if (salvage->files[file] >= 0 && !search(salvage, file, error))
            return false;
    if (g_hash_table_size(salvage->copies) == 0)
        return fail_empty(salvage, error);
    return write_store(salvage, to, vfs, error);
}

static void clear_seal(gpointer seal)
{
    bcn_store_seal_clear(seal);
}

static guint hash_identity(gconstpointer key)
{
    const struct identity *identity = key;

    return (guint)(identity->birth ^ identity->birth >> 32 ^ identity->id);
}

static gboolean equal_identities(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct identity)) == 0;
}

static void begin(struct salvage *salvage)
{
    salvage->files[0] = salvage->files[1] = -1;
    salvage->window = g_malloc(WINDOW);
    salvage->records = bcn_store_guarded(BCN_STORE_RECORDS_SIZE);
    salvage->seals = g_array_new(FALSE, TRUE, sizeof(struct bcn_store_seal));
    g_array_set_clear_func(salvage->seals, clear_seal);
    salvage->copies = g_hash_table_new_full(hash_identity, equal_identities, NULL, g_free);
}

static void end(struct salvage *salvage)
{
    for (guint file = 0; file < G_N_ELEMENTS(salvage->files); file++)
        if (salvage->files[file] >= 0)
            close(salvage->files[file]);
    g_hash_table_unref(salvage->copies);
    g_array_unref(salvage->seals);
    sodium_free(salvage->records);
    g_free(salvage->window);
    g_clear_error(&salvage->key_error);
}

gboolean beacon_store_salvage(const char *from, const char *to,
                              const struct beacon_store_options *options,
                              struct beacon_store_report *ret_report, GError **error)
{
    struct salvage salvage = {.from = from};
    bool is_good;

    if (options)
        salvage.key = (struct bcn_store_key){options->key_source, options->key};
    begin(&salvage);
    is_good =
        open_files(&salvage, error) && run(&salvage, to, options ? options->vfs : NULL, error);
    if (is_good)
        *ret_report = salvage.report;
    end(&salvage);
    return is_good;
}
