/* SPDX-License-Identifier: MIT */
/*
 * Run under valgrind: the base key is marked undefined, so any branch or index that depends on it,
 * or on anything derived from it, is an error there. With --leak one such branch is made on
 * purpose, to show that it is seen.
 */
#include <beacon/identity.h>

#include "vectors.h"

#include <valgrind/memcheck.h>

static const char vectors_path[] = BEACON_TEST_DATA "/vectors.txt";

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "poisoned: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Compares with a published identifier, which is where secrecy ends. */
static void expect_identifier(struct beacon_identifier identifier, const char *hex)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(&identifier, text);
    VALGRIND_MAKE_MEM_DEFINED(text, sizeof(text));
    expect(strcmp(text, hex) == 0, text);
}

static void use_every_call(beacon_identity *identity)
{
    static struct beacon_identifier table[BEACON_SLOTS_PER_DAY_MAX];
    struct beacon_identifier identifier;
    struct beacon_daily_key key;
    char text[BEACON_IDENTITY_TEXT_MAX];
    struct beacon_slot slot;
    size_t length;

    expect(beacon_identity_at(identity, INT64_C(1596866191387), &identifier, &slot) == 0, "at");
    expect(slot.index == 23, "slot");
    expect_identifier(identifier, "B9A665D754FE65E665D76A45");
    expect(beacon_identity_day(identity, VECTORS_BASE_DAY + 13, table) == 0, "day");
    expect_identifier(table[47], "C7B8468BB119F22C66B29651");
    expect(beacon_identity_daily_key(identity, VECTORS_BASE_DAY + 1, &key) == 0, "daily key");
    beacon_identity_to_text(identity, text, &length);
    expect(length == 129, "text");
}

int main(int argc, char **argv)
{
    struct beacon_daily_key published = vectors_key(vectors_path, "C", "0");
    struct beacon_base_key key;
    beacon_identity *identity;

    memcpy(key.bytes, published.bytes, sizeof(key.bytes));
    VALGRIND_MAKE_MEM_UNDEFINED(&key, sizeof(key));
    expect(beacon_identity_new(&key, VECTORS_BASE_DAY, 96, &identity) == 0, "new");
    use_every_call(identity);
    if (argc > 1 && strcmp(argv[1], "--leak") == 0) {
        struct beacon_identifier identifier;

        beacon_identity_at(identity, INT64_C(1596866191387), &identifier, NULL);
        expect(identifier.bytes[0] != 0, "a branch on a secret");
    }
    beacon_identity_free(identity);
    return EXIT_SUCCESS;
}
