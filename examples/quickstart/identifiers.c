/* SPDX-License-Identifier: MIT */
/* Makes an identity, says which identifier is on air now, and wraps it as Android phones do. */
#include <beacon/advert.h>
#include <beacon/identity.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

int main(void)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    int64_t base_day = beacon_day_of(now_ms) - BEACON_BASE_DAY_OFFSET;
    beacon_identity *identity;
    struct beacon_identifier identifier;
    struct beacon_slot slot;
    struct beacon_advert advert;
    struct beacon_advert_info info;
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];
    int error = beacon_identity_generate(base_day, BEACON_SLOTS_PER_DAY, &identity);

    if (error == 0)
        error = beacon_identity_at(identity, now_ms, &identifier, &slot);
    if (error < 0) {
        fprintf(stderr, "identifiers: %s\n", beacon_error_text(error));
        return 1;
    }
    beacon_identifier_to_hex(&identifier, text);
    printf("slot %u: %s, for another %lld s\n", (unsigned int)slot.index, text,
           (long long)(slot.end_ms - now_ms) / 1000);

    beacon_advert_android(&identifier, &advert);
    printf("on air: %d bytes\n", advert.size);

    /* What a phone nearby makes of those bytes. */
    beacon_advert_recognise(advert.bytes, advert.size, &info);
    if (info.kind == BEACON_ADVERT_ANDROID)
        printf("recognised: %s\n", memcmp(&info.identifier, &identifier, sizeof(identifier)) == 0
                                       ? "the same identifier"
                                       : "another identifier");
    beacon_identity_free(identity);
    return info.kind == BEACON_ADVERT_ANDROID ? 0 : 1;
}
