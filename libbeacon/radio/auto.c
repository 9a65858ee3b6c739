/* SPDX-License-Identifier: MIT */
/* Which radios "auto" tries, the best first. */
#include "radio/auto.h"

#include "radio/reason.h"
#include "radio/text.h"
#include <string.h>

void bcn_auto_hint(GError **error)
{
    if (strstr((*error)->message, "sim:FILE") == NULL)
        g_prefix_error(error,
                       _("without an adapter, sim:FILE plays a scenario; as for adapters: "));
}

/* One that somebody has for himself, bluetoothd has not. */
const struct bcn_adapter *bcn_auto_shared(const struct bcn_machine *machine, const GArray *adapters)
{
    for (guint i = 0; machine->has_daemon && i < adapters->len; i++)
        if (!g_array_index(adapters, struct bcn_adapter, i).face.held)
            return &g_array_index(adapters, struct bcn_adapter, i);
    return NULL;
}

static GPtrArray *list(const struct bcn_machine *machine, const GArray *adapters, gboolean take)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
    const struct bcn_adapter *shared = take ? NULL : bcn_auto_shared(machine, adapters);
    if (shared != NULL)
        g_ptr_array_add(addresses, g_strconcat(BCN_SHARED_KIND, shared->face.name, NULL));
    for (guint i = 0; shared == NULL && i < adapters->len; i++)
        g_ptr_array_add(
            addresses,
            g_strconcat("hci:", g_array_index(adapters, struct bcn_adapter, i).face.name, NULL));
    return addresses;
}

GPtrArray *bcn_auto_addresses(gboolean take, GError **error)
{
    GArray *adapters = NULL;
    int status = bcn_adapters(&adapters);
    if (status != 0) {
        bcn_reason_refuse(NULL, status, error);
        return NULL;
    }
    struct bcn_machine *machine = bcn_machine_read("");
    GPtrArray *addresses = list(machine, adapters, take);
    g_array_unref(adapters);
    if (addresses->len == 0) {
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_ABSENT, bcn_reason_absent(machine, NULL),
                                  error);
        g_clear_pointer(&addresses, g_ptr_array_unref);
    }
    bcn_machine_free(machine);
    return addresses;
}
