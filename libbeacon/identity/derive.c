/* SPDX-License-Identifier: MIT */
/* The ratchet and the chain: from one key to the next, and from a sub-key to its identifier. */
#include <beacon/identity.h>

#include <sodium.h>

/* Spelt without the "e" of "blue", and without a terminating NUL (protocol 1.1). */
static const uint8_t salt[13] = {'b', 'l', 'u', 'z', 'o', 'n', 'e', 's', 'u', 'b', 'k', 'e', 'y'};

void beacon_daily_key_next(const struct beacon_daily_key *key, struct beacon_daily_key *ret_next)
{
    crypto_hash_sha256(ret_next->bytes, key->bytes, sizeof(key->bytes));
}

void beacon_sub_key_first(const struct beacon_daily_key *key, struct beacon_sub_key *ret_sub_key)
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, key->bytes, sizeof(key->bytes));
    crypto_hash_sha256_update(&state, salt, sizeof(salt));
    crypto_hash_sha256_final(&state, ret_sub_key->bytes);
    sodium_memzero(&state, sizeof(state));
}

void beacon_sub_key_next(const struct beacon_sub_key *sub_key, struct beacon_sub_key *ret_next)
{
    crypto_hash_sha256(ret_next->bytes, sub_key->bytes, sizeof(sub_key->bytes));
}

void beacon_sub_key_identifier(const struct beacon_sub_key *sub_key,
                               struct beacon_identifier *ret_identifier)
{
    static const uint8_t taken[BEACON_IDENTIFIER_SIZE] = {0,  4,  8,  12, 16, 18,
                                                          20, 22, 24, 26, 28, 30};
    struct beacon_identifier identifier;

    for (size_t i = 0; i < sizeof(taken); i++)
        identifier.bytes[i] = sub_key->bytes[taken[i]];
    *ret_identifier = identifier;
    sodium_memzero(&identifier, sizeof(identifier));
}

int beacon_identifiers_of_day(const struct beacon_daily_key *key, uint32_t slots_per_day,
                              struct beacon_identifier ret_identifiers[])
{
    struct beacon_sub_key sub_key;

    if (beacon_slots_per_day_check(slots_per_day) != 0)
        return BEACON_ESLOTS;
    beacon_sub_key_first(key, &sub_key);
    for (uint32_t slot = 0; slot < slots_per_day; slot++) {
        beacon_sub_key_identifier(&sub_key, &ret_identifiers[slot]);
        beacon_sub_key_next(&sub_key, &sub_key);
    }
    sodium_memzero(&sub_key, sizeof(sub_key));
    return 0;
}

int beacon_dated_key_advance(struct beacon_dated_key *key, int64_t day)
{
    if (day < key->day)
        return BEACON_EPAST;
    if ((uint64_t)day - (uint64_t)key->day > BEACON_RATCHET_DAYS_MAX)
        return BEACON_ERANGE;
    for (; key->day < day; key->day++)
        beacon_daily_key_next(&key->key, &key->key);
    return 0;
}
