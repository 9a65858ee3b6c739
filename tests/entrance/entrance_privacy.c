/* SPDX-License-Identifier: MIT */
/* Nothing of who was heard outlives its slot by more than 165 s: looks for it in the whole memory
 * of this process, but for the stack. A flood takes no memory. */
#define _GNU_SOURCE /* memmem */
#include "entrance/door_rig.h"

#include "check_main.h"
#include "radio/memory.h"

#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define MASK         0xA5
#define KEYS         64
#define KEY_SIZE     16
#define ADDRESS_SIZE 6
#define REGION       (256 * 1024 * 1024) /* larger ones are the sanitizer's own, and empty */
#define EDGE_US      (RIG_START_US + 900 * SECOND_US)

static struct rig rig;
static guint8 keys[KEYS][KEY_SIZE]; /* masked, as everything that this test remembers */
static guint keys_count;

static void give_random(void *bytes, gsize size, gpointer user)
{
    (void)user;
    ck_assert_uint_eq(size, KEY_SIZE);
    ck_assert_uint_lt(keys_count, KEYS);
    randombytes_buf(bytes, size);
    for (gsize i = 0; i < size; i++)
        keys[keys_count][i] = ((guint8 *)bytes)[i] ^ MASK;
    keys_count++;
}

/* The plain bytes stand on the stack for so long. */
static guint count_in(const guint8 *memory, gsize length, const guint8 *masked, gsize size)
{
    guint8 plain[KEY_SIZE];
    guint count = 0;
    for (gsize i = 0; i < size; i++)
        plain[i] = masked[i] ^ MASK;
    for (const guint8 *at = memory; at != NULL; count += at != NULL ? 1 : 0) {
        gsize from = (gsize)(at - memory) + (count > 0 ? 1 : 0);
        at = memmem(memory + from, length - from, plain, size);
    }
    sodium_memzero(plain, sizeof plain);
    return count;
}

/* By pieces that overlap, on the stack, where nobody looks. */
static guint count_in_region(int memory, guint64 from, guint64 to, const guint8 *masked, gsize size)
{
    guint8 piece[65536];
    guint count = 0;
    if (to - from > REGION)
        return 0;
    while (from < to) {
        ssize_t got = pread(memory, piece, MIN(sizeof piece, (gsize)(to - from)), (off_t)from);
        if (got <= (ssize_t)size)
            break;
        count += count_in(piece, (gsize)got, masked, size);
        from += (guint64)got - (size - 1);
        if (to - from < size)
            break;
    }
    sodium_memzero(piece, sizeof piece);
    return count;
}

/* AddressSanitizer's own, which says of each eight bytes whether they may be used, on x86-64. */
static gboolean is_shadow(guint64 from)
{
#if defined(MEMORY_ASKS_SANITIZER) && defined(__x86_64__)
    return from >= G_GUINT64_CONSTANT(0x7fff8000) && from < G_GUINT64_CONSTANT(0x10007fff8000);
#else
    (void)from;
    return FALSE;
#endif
}

/* How often the bytes stand in this process's writable memory. */
static guint count_everywhere(const guint8 *masked, gsize size)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    char line[512];
    guint count = 0;
    ck_assert_ptr_nonnull(maps);
    ck_assert_int_ge(memory, 0);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *end = NULL;
        guint64 from = g_ascii_strtoull(line, &end, 16), to = g_ascii_strtoull(end + 1, &end, 16);
        if (strncmp(end, " rw-p", 5) == 0 && !is_shadow(from) && strstr(line, "[stack]") == NULL)
            count += count_in_region(memory, from, to, masked, size);
    }
    close(memory);
    fclose(maps);
    return count;
}

static void name_of(guint person, guint8 ret_masked[BEACON_IDENTIFIER_SIZE])
{
    for (guint i = 0; i < BEACON_IDENTIFIER_SIZE; i++)
        ret_masked[i] = (guint8)(0x31 + 7 * i + 13 * person) ^ MASK;
}

/* A packet whose every copy of ours is gone afterwards. */
static void hear(guint person)
{
    struct beacon_address address = rig_address((guint8)person);
    struct beacon_identifier identifier;
    guint8 masked[BEACON_IDENTIFIER_SIZE];
    name_of(person, masked);
    for (guint i = 0; i < BEACON_IDENTIFIER_SIZE; i++)
        identifier.bytes[i] = masked[i] ^ MASK;
    rig_packet(&rig, SENDS_ANDROID, &identifier, &address, AT_LINE_DBM);
    sodium_memzero(&identifier, sizeof identifier);
}

static void begin(void)
{
    const struct checkpoint_options options = {
        .size = sizeof options, .waits_for_tap = TRUE, .random = give_random};
    keys_count = 0;
    rig_begin(&rig, &options, FALSE);
}

static void end(void)
{
    rig_end(&rig);
}

START_TEST(the_search_finds_what_is_there)
{
    guint8 masked[BEACON_IDENTIFIER_SIZE];
    guint8 *copy = malloc(sizeof masked);
    name_of(5, masked);
    ck_assert_ptr_nonnull(copy);
    ck_assert_uint_eq(count_everywhere(masked, sizeof masked), 0);
    for (gsize i = 0; i < sizeof masked; i++)
        ((volatile guint8 *)copy)[i] = masked[i] ^ MASK;
    ck_assert_uint_eq(count_everywhere(masked, sizeof masked), 1);
    sodium_memzero(copy, sizeof masked);
    free(copy);
}
END_TEST

START_TEST(no_identifier_is_kept_at_all)
{
    guint8 masked[BEACON_IDENTIFIER_SIZE];
    for (guint person = 0; person < 8; person++) {
        hear(person);
        rig_pass(&rig, 0.2);
    }
    for (guint person = 0; person < 8; person++) {
        name_of(person, masked);
        ck_assert_uint_eq(count_everywhere(masked, sizeof masked), 0);
    }
}
END_TEST

static void address_of_iphone(guint8 ret_masked[ADDRESS_SIZE])
{
    for (guint i = 0; i < ADDRESS_SIZE; i++)
        ret_masked[i] = (guint8)(0x53 + 29 * i) ^ MASK;
}

static void hear_iphone(int dbm, double seconds)
{
    struct beacon_address address = {.type = BEACON_ADDRESS_RANDOM};
    guint8 masked[ADDRESS_SIZE];
    address_of_iphone(masked);
    for (int i = 0; i < (int)(seconds * 10 + 0.5); i++) {
        rig_step(&rig, 100000);
        for (guint at = 0; at < ADDRESS_SIZE; at++)
            address.bytes[at] = masked[at] ^ MASK;
        rig_packet(&rig, SENDS_IPHONE, NULL, &address, dbm);
        sodium_memzero(&address.bytes, sizeof address.bytes);
    }
}

/* In the checkpoint's own memory: the runtime of this test keeps scraps of its calls. */
static void assert_address(gboolean is_there)
{
    gsize length = checkpoint_size() - counts_size();
    guint8 masked[ADDRESS_SIZE];
    address_of_iphone(masked);
    guint count = count_in((const guint8 *)rig.checkpoint, length, masked, sizeof masked);
    ck_assert_int_eq(count > 0, is_there);
}

static void ask_iphone(void)
{
    hear_iphone(AT_LINE_DBM, 10);
    ck_assert(checkpoint_begin(rig.checkpoint, &rig.now));
    hear_iphone(ON_SPOT_DBM + 15, 2.5);
    ck_assert_uint_eq(rig.visits, 1);
}

/* Until it has answered, or for 6 s. */
START_TEST(an_iphones_address_is_kept_while_it_is_asked)
{
    ask_iphone();
    if (_i == 0)
        rig_answer(&rig, BEACON_VISIT_READ, 1);
    if (_i == 1)
        rig_answer(&rig, BEACON_VISIT_UNREACHABLE, 0);
    assert_address(_i == 2);
    rig_pass(&rig, 6.5);
    assert_address(FALSE);
}
END_TEST

START_TEST(and_not_at_all_when_it_cannot_be_asked)
{
    rig.refuses_visits = TRUE;
    ask_iphone();
    assert_address(FALSE);
}
END_TEST

static void assert_key(guint key, gboolean is_there)
{
    ck_assert_int_eq(count_everywhere(keys[key], KEY_SIZE) > 0, is_there);
}

/* Its hash, by a key, masked. */
static void hash_of(guint person, guint key, guint8 ret_masked[8])
{
    guint8 name[BEACON_IDENTIFIER_SIZE], plain[KEY_SIZE];
    name_of(person, name);
    for (gsize i = 0; i < sizeof name; i++)
        name[i] ^= MASK;
    for (gsize i = 0; i < sizeof plain; i++)
        plain[i] = keys[key][i] ^ MASK;
    crypto_shorthash(ret_masked, name, sizeof name, plain);
    for (gsize i = 0; i < 8; i++)
        ret_masked[i] ^= MASK;
    sodium_memzero(name, sizeof name);
    sodium_memzero(plain, sizeof plain);
}

static void assert_hash(guint person, guint key, gboolean is_there)
{
    guint8 masked[8];
    hash_of(person, key, masked);
    ck_assert_int_eq(count_everywhere(masked, sizeof masked) > 0, is_there);
}

static void pass_until(gint64 wall_us)
{
    while (rig.now.wall_us < wall_us)
        rig_step(&rig, MIN(100000, wall_us - rig.now.wall_us));
}

/* Two keys a slot: the checkpoint's own and its counts'. */
START_TEST(keys_and_hashes_are_gone_165_s_after_their_slot)
{
    pass_until(EDGE_US - 20 * SECOND_US);
    ck_assert_uint_eq(keys_count, 2);
    hear(3);
    pass_until(EDGE_US + 164 * SECOND_US);
    ck_assert_uint_eq(keys_count, 4);
    for (guint key = 0; key < 2; key++) {
        assert_key(key, TRUE);
        assert_hash(3, key, TRUE);
    }
    pass_until(EDGE_US + 165 * SECOND_US + SECOND_US / 2);
    for (guint key = 0; key < 2; key++) {
        assert_key(key, FALSE);
        assert_hash(3, key, FALSE);
        assert_key(2 + key, TRUE);
    }
}
END_TEST

START_TEST(without_a_clock_they_are_gone_165_s_after_the_last_packet)
{
    rig.now.clock = CLOCK_UNKNOWN;
    rig_pass(&rig, 100);
    hear(3);
    gint64 heard_us = rig.now.wall_us;
    guint made = keys_count;
    pass_until(heard_us + 165 * SECOND_US + SECOND_US / 2);
    for (guint key = 0; key < made; key++) {
        assert_key(key, FALSE);
        assert_hash(3, key, FALSE);
    }
}
END_TEST

START_TEST(the_end_leaves_nothing)
{
    hear(3);
    rig_end(&rig);
    for (guint key = 0; key < keys_count; key++)
        assert_key(key, FALSE);
}
END_TEST

/* Far more of them, for an hour of their time, than there is room for. */
START_TEST(a_flood_takes_no_memory)
{
    gsize before = memory_in_use();
    for (guint32 number = 1; number < 3600 * 4; number++) {
        struct beacon_identifier identifier = {{0}};
        struct beacon_address address = rig_address(0);
        memcpy(identifier.bytes, &number, sizeof number);
        memcpy(address.bytes + 1, &number, sizeof number);
        rig_step(&rig, 100000);
        for (guint8 i = 0; i < 4; i++) {
            identifier.bytes[8] = i;
            rig_packet(&rig, i % 2 == 0 ? SENDS_ANDROID : SENDS_IPHONE, &identifier, &address,
                       ON_SPOT_DBM);
        }
    }
    ck_assert_uint_le(memory_in_use(), before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_privacy");
    TCase *all = tcase_create("privacy");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 300);
    tcase_add_test(all, the_search_finds_what_is_there);
    tcase_add_test(all, no_identifier_is_kept_at_all);
    tcase_add_loop_test(all, an_iphones_address_is_kept_while_it_is_asked, 0, 3);
    tcase_add_test(all, and_not_at_all_when_it_cannot_be_asked);
    tcase_add_test(all, keys_and_hashes_are_gone_165_s_after_their_slot);
    tcase_add_test(all, without_a_clock_they_are_gone_165_s_after_the_last_packet);
    tcase_add_test(all, the_end_leaves_nothing);
    tcase_add_test(all, a_flood_takes_no_memory);
    suite_add_tcase(suite, all);
    return check_main(suite);
}
