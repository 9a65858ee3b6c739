/* SPDX-License-Identifier: MIT */
/* Any bytes as an identity's text: refused, or read and written back as the same text but for the
 * case of digits. */
#include <beacon/identity.h>

#include "fuzz/replay.h"

#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[BEACON_IDENTITY_TEXT_MAX];
    beacon_identity *identity = NULL;
    size_t length;
    int error = beacon_identity_from_text((const char *)data, size, &identity);

    if (error != 0 && identity)
        abort();
    if (error != 0)
        return 0;
    beacon_identity_to_text(identity, text, &length);
    /* Leading zeros in the slots a day are the one freedom of form. */
    if (length > size || (length == size && strncasecmp(text, (const char *)data, size) != 0))
        abort();
    beacon_identity_free(identity);
    return 0;
}
