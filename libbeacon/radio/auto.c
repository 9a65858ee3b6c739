/* SPDX-License-Identifier: MIT */
/* Which radios "auto" tries, the best first. */
#include "radio/face.h"

#include "radio/adapter.h"
#include "radio/machine.h"
#include "radio/reason.h"
#include "radio/text.h"
#include <string.h>

void bcn_auto_hint(GError **error)
{
    if (strstr((*error)->message, "sim:FILE") == NULL)
        g_prefix_error(error,
                       _("without an adapter, sim:FILE plays a scenario; as for adapters: "));
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
    GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
    const char *kind = machine->has_daemon && !take ? BCN_SHARED_KIND : "hci:";
    for (guint i = 0; i < adapters->len; i++)
        g_ptr_array_add(
            addresses,
            g_strconcat(kind, g_array_index(adapters, struct bcn_adapter, i).face.name, NULL));
    g_array_unref(adapters);
    if (addresses->len == 0) {
        bcn_reason_refuse_because(BEACON_RADIO_ERROR_ABSENT, bcn_reason_absent(machine, NULL),
                                  error);
        g_clear_pointer(&addresses, g_ptr_array_unref);
    }
    bcn_machine_free(machine);
    return addresses;
}
