/* SPDX-License-Identifier: MIT */
/* From a scenario as it was read to an air: what is left open is drawn, what is named is found. */
#include "air/draft.h"

#include <string.h>

struct builder {
    const struct bcn_draft *draft;
    beacon_air *air;
    GHashTable *crowds; /* hash of a crowd's words -> how often there was such a one */
    GHashTable *names;  /* name -> device's number plus one */
    guint made;
    guint crowd_number;
    GError **error;
};

static bool complain(const struct builder *builder, const char *file, unsigned line,
                     const char *complaint)
{
    struct bcn_words words = {.name = file, .line = line, .error = builder->error};

    return bcn_words_complain(&words, complaint);
}

/* A device with nothing but what its key says of it. */
static struct bcn_device *make_device(struct builder *builder, const char *name, uint64_t key)
{
    struct bcn_device *device = &builder->air->devices[builder->made++];

    device->name = g_string_chunk_insert(builder->air->names, name);
    device->key = key;
    device->chain.daily.day = INT64_MIN;
    device->emission = bcn_random_stream(key, BCN_STREAM_EMISSION);
    device->base_day = builder->air->start_us / 1000 / BEACON_DAY_MS - BEACON_BASE_DAY_OFFSET;
    g_hash_table_insert(builder->names, (gpointer)(uintptr_t)device->name,
                        GUINT_TO_POINTER(builder->made));
    return device;
}

static void set_path(struct builder *builder, struct bcn_device *device, GArray *path)
{
    device->path_length = path->len;
    device->path = (struct bcn_waypoint *)(void *)g_array_free(path, FALSE);
    for (guint i = 0; i < device->path_length; i++)
        device->path[i].time_us += builder->air->start_us;
    device->next_us = MAX(device->path[0].time_us, builder->air->start_us);
}

static struct bcn_state make_state(const struct builder *builder, enum beacon_air_kind kind,
                                   int64_t from_us, const struct bcn_changes *changes)
{
    struct bcn_state state = {.from_us = from_us, .origin_us = from_us, .kind = kind};

    state.tuning = builder->air->kinds[kind];
    bcn_tuning_change(&state.tuning, changes);
    return state;
}

/* Everything is drawn, also what is given otherwise, so that giving one thing leaves the rest. */
static void draw_nature(struct builder *builder, struct bcn_device *device)
{
    const struct bcn_draft *draft = builder->draft;
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_NATURE);
    struct bcn_state *state = &device->states[0];
    double phase = bcn_random_unit(&random);
    double address_phase = bcn_random_unit(&random);
    double clock = bcn_random_unit(&random);
    bool is_ahead = bcn_random_unit(&random) < 0.5;

    device->model_db = builder->air->law.model_db * bcn_random_normal(&random);
    bcn_random_fill(&random, device->base_key.bytes, BEACON_KEY_SIZE);
    state->origin_us = builder->air->start_us -
                       (int64_t)(phase * (double)(state->tuning.on_us + state->tuning.off_us));
    device->address_origin_us = builder->air->start_us;
    if (state->tuning.address_us > 0)
        device->address_origin_us -= (int64_t)(address_phase * (double)state->tuning.address_us);
    if (clock < draft->clocks_share)
        device->clock_us = is_ahead ? draft->clocks_us : -draft->clocks_us;
}

static void add_occasion(beacon_air *air, struct bcn_occasion occasion)
{
    if (occasion.time_us >= air->start_us && occasion.time_us < air->end_us)
        g_array_append_val(air->occasions, occasion);
}

static void add_opened(beacon_air *air, const struct bcn_device *device,
                       const struct bcn_state *state)
{
    if (bcn_device_is_there(device, state->from_us))
        add_occasion(air, (struct bcn_occasion){.time_us = state->from_us,
                                                .type = BEACON_AIR_OPENED,
                                                .phone = bcn_device_index(air, device),
                                                .kind = state->kind});
}

static void set_forgery(struct bcn_device *device, const struct bcn_draft_phone *phone)
{
    device->forgery = phone->forgery;
    if (device->states[0].kind == BEACON_AIR_FORGER && phone->forgery.rate > 0)
        device->states[0].tuning.interval_us = MAX(BCN_SECOND / phone->forgery.rate, 1);
}

static void set_given(struct bcn_device *device, const struct bcn_draft_phone *phone)
{
    if (phone->has_offset)
        device->model_db = phone->offset_db;
    device->clock_us = phone->has_clock ? phone->clock_us : 0;
    if (phone->has_key)
        device->base_key = phone->base_key;
    if (phone->has_base_day)
        device->base_day = phone->base_day;
    device->has_address = phone->has_address;
    memcpy(device->address, phone->address, sizeof(device->address));
}

static GArray *phone_path(const struct builder *builder, const struct bcn_draft_phone *phone)
{
    GArray *path = g_array_new(FALSE, FALSE, sizeof(struct bcn_waypoint));
    struct bcn_waypoint point = {.point = phone->point, .time_us = phone->span.from_us};

    if (phone->path->len > 0) {
        g_array_append_vals(path, phone->path->data, phone->path->len);
        return path;
    }
    g_array_append_val(path, point);
    point.time_us = phone->span.has_to ? phone->span.to_us : builder->draft->length_us;
    g_array_append_val(path, point);
    return path;
}

static bool check_phone(const struct builder *builder, const struct bcn_draft_entry *entry)
{
    const struct bcn_draft_phone *phone = entry->phone;
    int64_t to_us = phone->span.has_to ? phone->span.to_us : builder->draft->length_us;
    int64_t start_day = (builder->air->start_us - BEACON_DAY_MS * 1000) / 1000 / BEACON_DAY_MS;

    if (g_hash_table_contains(builder->names, phone->name))
        return complain(builder, entry->file, entry->line,
                        "expected a name that no other phone has");
    if (phone->path->len == 0 && to_us <= phone->span.from_us)
        return complain(
            builder, entry->file, entry->line,
            "expected the phone to leave later than it arrives (and to arrive before the end)");
    if (phone->has_base_day && phone->base_day > start_day)
        return complain(builder, entry->file, entry->line,
                        "expected a base day before the day of the start");
    return true;
}

static bool make_phone(struct builder *builder, const struct bcn_draft_entry *entry)
{
    const struct bcn_draft_phone *phone = entry->phone;
    struct bcn_device *device;
    uint64_t key;

    if (!check_phone(builder, entry))
        return false;
    key = bcn_mix_in(bcn_mix_in(builder->draft->seed, 1),
                     bcn_hash_text(phone->name, strlen(phone->name)));
    device = make_device(builder, phone->name, key);
    set_path(builder, device, phone_path(builder, phone));
    device->states_count = phone->states->len + 1;
    device->states = g_new(struct bcn_state, device->states_count);
    device->states[0] = make_state(builder, phone->kind, INT64_MIN, &phone->changes);
    draw_nature(builder, device);
    set_given(device, phone);
    set_forgery(device, phone);
    for (guint i = 0; i < phone->states->len; i++) {
        const struct bcn_draft_state *state =
            &g_array_index(phone->states, struct bcn_draft_state, i);

        device->states[i + 1] = make_state(
            builder, state->kind, builder->air->start_us + state->from_us, &phone->changes);
        add_opened(builder->air, device, &device->states[i + 1]);
    }
    return true;
}

static void make_member(struct builder *builder, const struct bcn_draft_crowd *crowd, uint64_t key,
                        int64_t number, enum beacon_air_kind kind)
{
    g_autofree char *name =
        g_strdup_printf("crowd%u-%" G_GINT64_FORMAT, builder->crowd_number, number + 1);
    struct bcn_device *device = make_device(builder, name, bcn_mix_in(key, (uint64_t)number));
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_CROWD);
    enum beacon_air_kind opened = bcn_kinds[kind].when_opened;
    struct bcn_draft_span check;
    int64_t start_us = builder->air->start_us;

    set_path(builder, device,
             bcn_crowd_path(crowd, number, builder->draft->length_us, &random, &check));
    device->states = g_new(struct bcn_state, 2);
    device->states_count = 1;
    device->states[0] = make_state(builder, kind, INT64_MIN, &crowd->changes);
    draw_nature(builder, device);
    if (!bcn_kinds[kind].has_app)
        device->clock_us = 0;
    if (!check.has_from)
        return;
    add_occasion(builder->air,
                 (struct bcn_occasion){.time_us = start_us + check.from_us,
                                       .until_us = start_us + check.to_us,
                                       .type = BEACON_AIR_CHECK,
                                       .phone = bcn_device_index(builder->air, device)});
    if (crowd->opening_us == 0 || opened == kind)
        return;
    device->states[device->states_count++] =
        make_state(builder, opened, start_us + check.from_us + crowd->opening_us, &crowd->changes);
    add_opened(builder->air, device, &device->states[1]);
}

static bool make_crowd(struct builder *builder, const struct bcn_draft_entry *entry)
{
    const struct bcn_draft_crowd *crowd = entry->crowd;
    gpointer slot = GSIZE_TO_POINTER((gsize)crowd->hash);
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(builder->crowds, slot));
    uint64_t key = bcn_mix_in(bcn_mix_in(bcn_mix_in(builder->draft->seed, 2), crowd->hash), before);
    struct bcn_random random = bcn_random_stream(key, BCN_STREAM_CROWD);
    enum beacon_air_kind *kinds;
    int64_t to_us = crowd->span.has_to ? crowd->span.to_us : builder->draft->length_us;

    if (crowd->activity == BCN_STAYING && to_us <= crowd->span.from_us)
        return complain(builder, entry->file, entry->line,
                        "expected them to leave later than they arrive");
    g_hash_table_insert(builder->crowds, slot, GUINT_TO_POINTER(before + 1));
    builder->crowd_number++;
    kinds = bcn_crowd_kinds(crowd, &random);
    for (int64_t i = 0; i < crowd->count; i++)
        make_member(builder, crowd, key, i, kinds[i]);
    g_free(kinds);
    return true;
}

static bool count_devices(struct builder *builder)
{
    const GArray *entries = builder->draft->entries;
    int64_t count = 0;

    for (guint i = 0; i < entries->len; i++) {
        const struct bcn_draft_entry *entry = &g_array_index(entries, struct bcn_draft_entry, i);

        count += entry->crowd ? entry->crowd->count : 1;
        if (count > BEACON_AIR_DEVICES_MAX)
            return complain(builder, entry->file, entry->line,
                            "expected at most 200000 devices in all");
    }
    builder->air->devices = g_new0(struct bcn_device, (gsize)MAX(count, 1));
    builder->air->devices_count = (guint)count;
    return true;
}

static const struct bcn_device *device_named(const struct builder *builder, const char *name)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(builder->names, name));

    return number > 0 ? &builder->air->devices[number - 1] : NULL;
}

/* Those that forgers replay may stand after them. */
static bool find_replayed(struct builder *builder, const struct bcn_draft_entry *entry)
{
    struct bcn_device *device;
    const struct bcn_device *replayed;

    if (!entry->phone || !entry->phone->replayed)
        return true;
    device =
        &builder->air->devices[device_named(builder, entry->phone->name) - builder->air->devices];
    replayed = device_named(builder, entry->phone->replayed);
    if (!replayed || !bcn_kinds[replayed->states[0].kind].has_app)
        return complain(builder, entry->file, entry->line,
                        "expected, after \"replaying\", the name of a phone with the app");
    device->forgery.replayed = replayed;
    device->forgery.identifiers = 0;
    return true;
}

static bool make_devices(struct builder *builder)
{
    const GArray *entries = builder->draft->entries;
    bool is_good = count_devices(builder);

    for (guint i = 0; is_good && i < entries->len; i++) {
        const struct bcn_draft_entry *entry = &g_array_index(entries, struct bcn_draft_entry, i);

        is_good = entry->phone ? make_phone(builder, entry) : make_crowd(builder, entry);
    }
    if (!is_good)
        builder->air->devices_count = builder->made;
    for (guint i = 0; is_good && i < entries->len; i++)
        is_good = find_replayed(builder, &g_array_index(entries, struct bcn_draft_entry, i));
    return is_good;
}

static void add_outages(struct builder *builder, const struct bcn_receiver *receiver,
                        uint32_t number)
{
    for (guint i = 0; i < receiver->away->len; i++) {
        const struct bcn_span *span = &g_array_index(receiver->away, struct bcn_span, i);
        struct bcn_occasion occasion = {
            .time_us = span->from_us, .receiver = number, .type = BEACON_AIR_RECEIVER_AWAY};

        add_occasion(builder->air, occasion);
        occasion.time_us = span->to_us;
        occasion.type = BEACON_AIR_RECEIVER_BACK;
        add_occasion(builder->air, occasion);
    }
}

static GArray *copy_spans(const GArray *spans, int64_t start_us)
{
    GArray *copy = g_array_new(FALSE, FALSE, sizeof(struct bcn_span));

    g_array_append_vals(copy, spans->data, spans->len);
    for (guint i = 0; i < copy->len; i++) {
        g_array_index(copy, struct bcn_span, i).from_us += start_us;
        g_array_index(copy, struct bcn_span, i).to_us += start_us;
    }
    return copy;
}

static void make_links(beacon_air *air, struct bcn_receiver *receiver)
{
    uint64_t key = bcn_hash_text(receiver->name, strlen(receiver->name));

    receiver->links = g_new(struct bcn_link, MAX(air->devices_count, 1));
    for (guint i = 0; i < air->devices_count; i++) {
        struct bcn_random random = bcn_random_stream(air->devices[i].key, BCN_STREAM_LINK);

        random.state = bcn_mix_in(random.state, key);
        receiver->links[i] = (struct bcn_link){.random = random, .body_us = INT64_MIN};
    }
}

static bool make_receiver(struct builder *builder, const struct bcn_draft_receiver *draft)
{
    beacon_air *air = builder->air;
    struct bcn_receiver *receiver = &air->receivers[air->receivers_count];

    *receiver = draft->values;
    receiver->name = g_string_chunk_insert(air->names, draft->name);
    receiver->away = copy_spans(draft->values.away, air->start_us);
    receiver->deaf = copy_spans(draft->values.deaf, air->start_us);
    make_links(air, receiver);
    add_outages(builder, receiver, air->receivers_count++);
    if (!draft->carrier)
        return true;
    receiver->carrier = device_named(builder, draft->carrier);
    return receiver->carrier != NULL || complain(builder, draft->file, draft->line,
                                                 "expected, after \"on\", the name of a phone");
}

/* Without a word about receivers there is one. */
static bool make_receivers(struct builder *builder)
{
    struct bcn_draft fallback;
    const GArray *drafts = builder->draft->receivers;
    GError *none = NULL;
    bool is_good = true;

    bcn_draft_init(&fallback);
    if (drafts->len == 0) {
        bcn_draft_read(&fallback, "receiver", strlen("receiver"), "receiver", &none);
        drafts = fallback.receivers;
    }
    builder->air->receivers = g_new0(struct bcn_receiver, drafts->len);
    for (guint i = 0; is_good && i < drafts->len; i++)
        is_good = make_receiver(builder, &g_array_index(drafts, struct bcn_draft_receiver, i));
    bcn_draft_clear(&fallback);
    return is_good;
}

static bool make_checks(struct builder *builder)
{
    for (guint i = 0; i < builder->draft->checks->len; i++) {
        const struct bcn_draft_check *check =
            &g_array_index(builder->draft->checks, struct bcn_draft_check, i);
        const struct bcn_device *device = device_named(builder, check->name);

        if (!device)
            return complain(builder, check->file, check->line,
                            "expected, after \"check\", the name of a phone");
        add_occasion(builder->air,
                     (struct bcn_occasion){.time_us = builder->air->start_us + check->span.from_us,
                                           .until_us = builder->air->start_us + check->span.to_us,
                                           .type = BEACON_AIR_CHECK,
                                           .phone = bcn_device_index(builder->air, device)});
    }
    return true;
}

static gint compare_occasions(gconstpointer a, gconstpointer b)
{
    const struct bcn_occasion *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->phone != y->phone)
        return x->phone < y->phone ? -1 : 1;
    if (x->receiver != y->receiver)
        return x->receiver < y->receiver ? -1 : 1;
    return x->until_us < y->until_us ? -1 : x->until_us > y->until_us;
}

static bool set_frame(struct builder *builder)
{
    const struct bcn_draft *draft = builder->draft;
    beacon_air *air = builder->air;

    air->seed = draft->seed;
    air->start_us = air->now_us = draft->start_us;
    air->end_us = draft->start_us + draft->length_us;
    air->slots_per_day = draft->slots_per_day;
    air->law = draft->law;
    for (int i = 0; i < BEACON_AIR_KINDS; i++) {
        air->kinds[i] = bcn_kinds[i].tuning;
        bcn_tuning_change(&air->kinds[i], &draft->kinds[i]);
    }
    if (air->end_us / 1000 + BEACON_DAY_MS < BEACON_TIME_END_MS)
        return true;
    g_set_error(builder->error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_SCENARIO,
                "expected a scenario that ends before the last day of the year 2100");
    return false;
}

beacon_air *bcn_draft_build(const struct bcn_draft *draft, GError **error)
{
    struct builder builder = {
        .draft = draft,
        .air = g_new0(beacon_air, 1),
        .crowds = g_hash_table_new(NULL, NULL),
        .names = g_hash_table_new(g_str_hash, g_str_equal),
        .error = error,
    };
    bool is_good;

    builder.air->names = g_string_chunk_new(4096);
    builder.air->occasions = g_array_new(FALSE, FALSE, sizeof(struct bcn_occasion));
    is_good = set_frame(&builder) && make_devices(&builder) && make_receivers(&builder) &&
              make_checks(&builder);
    g_hash_table_unref(builder.crowds);
    g_hash_table_unref(builder.names);
    if (!is_good)
        return beacon_air_free(builder.air);
    g_array_sort(builder.air->occasions, compare_occasions);
    builder.air->present = g_new(struct bcn_device *, MAX(builder.air->devices_count, 1));
    builder.air->receivers_done = builder.air->receivers_count;
    bcn_heap_build(builder.air);
    return builder.air;
}
