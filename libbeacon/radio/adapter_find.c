/* SPDX-License-Identifier: MIT */
/* Which adapter is meant: by name or by address, whatever number it has now. */
#include "radio/adapter.h"

#include <string.h>

static gboolean parse_name(const char *text, char ret_name[8])
{
    gsize size = strlen(text);
    if (size < 4 || size > 7 || strncmp(text, "hci", 3) != 0 ||
        strspn(text + 3, "0123456789") != size - 3)
        return FALSE;
    memcpy(ret_name, text, size + 1);
    return TRUE;
}

static gboolean parse_address(const char *text, guint8 ret_address[6])
{
    if (strlen(text) != BEACON_ADDRESS_TEXT_SIZE - 1)
        return FALSE;
    for (gsize i = 0; i < 6; i++, text += 3) {
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]) ||
            text[2] != (i < 5 ? ':' : '\0'))
            return FALSE;
        ret_address[i] =
            (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    }
    return TRUE;
}

gboolean bcn_adapter_parse(const char *text, struct bcn_adapter_wish *ret_wish)
{
    *ret_wish = (struct bcn_adapter_wish){.by_address = FALSE};
    if (parse_name(text, ret_wish->name))
        return TRUE;
    ret_wish->by_address = parse_address(text, ret_wish->address);
    return ret_wish->by_address;
}

static gboolean is_meant(const struct bcn_adapter *adapter, const struct bcn_adapter_wish *wish)
{
    if (wish->by_address)
        return memcmp(adapter->face.address.bytes, wish->address, sizeof wish->address) == 0;
    return strcmp(adapter->face.name, wish->name) == 0;
}

const struct bcn_adapter *bcn_adapter_find(const GArray *adapters,
                                           const struct bcn_adapter_wish *wish)
{
    for (guint i = 0; i < adapters->len; i++) {
        const struct bcn_adapter *adapter = &g_array_index(adapters, struct bcn_adapter, i);
        if (is_meant(adapter, wish))
            return adapter;
    }
    return NULL;
}

void bcn_adapter_remember(struct bcn_adapter_wish *wish, const struct bcn_adapter *adapter)
{
    static const guint8 none[6];
    const guint8 *address = adapter->face.address.bytes;
    if (memcmp(address, none, sizeof none) == 0)
        return;
    memcpy(wish->address, address, sizeof wish->address);
    wish->by_address = TRUE;
}
