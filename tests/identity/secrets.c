/* SPDX-License-Identifier: MIT */
/* No key, and no link of a chain, is left on the stack of whoever used an identity. */
#define _GNU_SOURCE /* memmem */
#include <beacon/identity.h>

#include "check_main.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK_SIZE ((size_t)1 << 20)
#define BASE_DAY   18482

/* A piece of a secret this long is a leak: four words. */
#define PIECE 16

static const struct beacon_base_key base_key = {{0x4C, 0x52, 0x24, 0xB3, 0x97, 0xF8, 0xAB, 0x38,
                                                 0x96, 0x78, 0x1D, 0x5A, 0xA0, 0xF3, 0x11, 0x9F,
                                                 0x28, 0x05, 0x13, 0xF1, 0xB5, 0x92, 0xCA, 0x28,
                                                 0x0E, 0xBD, 0xED, 0x63, 0x57, 0xE2, 0x10, 0x84}};

static bool contains(const uint8_t *memory, const uint8_t *secret, size_t size)
{
    for (size_t at = 0; at + PIECE <= size; at += 4)
        if (memmem(memory, STACK_SIZE, secret + at, PIECE))
            return true;
    return false;
}

/* As bytes, and as the 32-bit words that a hash makes of them. */
static bool leaks(const uint8_t *memory, const uint8_t secret[BEACON_KEY_SIZE])
{
    uint8_t words[BEACON_KEY_SIZE];

    for (size_t i = 0; i < sizeof(words); i++)
        words[i] = secret[i ^ 3];
    return contains(memory, secret, BEACON_KEY_SIZE) || contains(memory, words, sizeof(words));
}

static ucontext_t caller, callee;

/* Runs a function on a stack of its own, which nothing else uses afterwards, and hands that stack
 * out. */
static uint8_t *stack_after(void (*function)(void))
{
    uint8_t *stack = calloc(1, STACK_SIZE);

    ck_assert_ptr_nonnull(stack);
    ck_assert_int_eq(getcontext(&callee), 0);
    callee.uc_stack.ss_sp = stack;
    callee.uc_stack.ss_size = STACK_SIZE;
    callee.uc_link = &caller;
    makecontext(&callee, function, 0);
    ck_assert_int_eq(swapcontext(&caller, &callee), 0);
    return stack;
}

/* What the functions work on. */
static beacon_identity *used_identity;
static char used_text[BEACON_IDENTITY_TEXT_MAX];

static void use_identity(void)
{
    static struct beacon_identifier table[BEACON_SLOTS_PER_DAY];
    static struct beacon_identifier identifier;

    beacon_identity_at(used_identity, BASE_DAY * BEACON_DAY_MS, &identifier, NULL);
    beacon_identity_day(used_identity, BASE_DAY + 3, table);
}

static void use_text(void)
{
    beacon_identity *identity;
    size_t length;

    if (beacon_identity_from_text(used_text, strlen(used_text), &identity) == 0) {
        beacon_identity_to_text(identity, used_text, &length);
        beacon_identity_free(identity);
    }
}

static void leave_a_key(void)
{
    /* The key stands in the middle, where leaving the function writes nothing. */
    volatile uint8_t frame[1024];

    for (size_t i = 0; i < sizeof(base_key.bytes); i++)
        frame[512 + i] = base_key.bytes[i];
    (void)frame[512];
}

START_TEST(deriving_leaves_no_secret)
{
    struct beacon_dated_key key = {.day = BASE_DAY};
    struct beacon_sub_key sub_key;
    uint8_t *stack;

    ck_assert_int_eq(beacon_identity_new(&base_key, BASE_DAY, 96, &used_identity), 0);
    stack = stack_after(use_identity);
    memcpy(&key.key, &base_key, sizeof(key.key));
    for (int64_t day = BASE_DAY; day <= BASE_DAY + 3; day++) {
        beacon_dated_key_advance(&key, day);
        ck_assert(!leaks(stack, key.key.bytes));
        beacon_sub_key_first(&key.key, &sub_key);
        for (int slot = 0; slot < 97; slot++) {
            ck_assert(!leaks(stack, sub_key.bytes));
            beacon_sub_key_next(&sub_key, &sub_key);
        }
    }
    used_identity = beacon_identity_free(used_identity);
    free(stack);
}
END_TEST

START_TEST(reading_and_writing_leaves_no_secret)
{
    uint8_t *stack;
    size_t length;

    ck_assert_int_eq(beacon_identity_new(&base_key, BASE_DAY, 96, &used_identity), 0);
    beacon_identity_to_text(used_identity, used_text, &length);
    used_identity = beacon_identity_free(used_identity);
    stack = stack_after(use_text);
    ck_assert_uint_eq(strlen(used_text), length);
    ck_assert(!leaks(stack, base_key.bytes));
    ck_assert_ptr_null(memmem(stack, STACK_SIZE, strstr(used_text, "base-key ") + 9, PIECE));
    free(stack);
}
END_TEST

START_TEST(a_leak_would_be_seen)
{
    uint8_t *stack = stack_after(leave_a_key);

    ck_assert(leaks(stack, base_key.bytes));
    free(stack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *tests = tcase_create("secrets");

    if (sodium_init() < 0)
        return EXIT_FAILURE;
    tcase_add_test(tests, deriving_leaves_no_secret);
    tcase_add_test(tests, reading_and_writing_leaves_no_secret);
    tcase_add_test(tests, a_leak_would_be_seen);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
