/* SPDX-License-Identifier: MIT */
/* The devices in the order in which they act next: a binary heap that knows where each device is.
 */
#include "air/model.h"

/* At one instant the device that stands first in the scenario is first. */
static bool is_before(const struct bcn_device *a, const struct bcn_device *b)
{
    return a->next_us != b->next_us ? a->next_us < b->next_us : a < b;
}

static void put(struct beacon_air *air, guint at, struct bcn_device *device)
{
    air->heap[at] = device;
    device->heap_at = at + 1;
}

static void sift_up(struct beacon_air *air, guint at)
{
    struct bcn_device *device = air->heap[at];

    while (at > 0 && is_before(device, air->heap[(at - 1) / 2])) {
        put(air, at, air->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(air, at, device);
}

static void sift_down(struct beacon_air *air, guint at)
{
    struct bcn_device *device = air->heap[at];

    for (guint child = 2 * at + 1; child < air->heap_count; child = 2 * at + 1) {
        if (child + 1 < air->heap_count && is_before(air->heap[child + 1], air->heap[child]))
            child++;
        if (!is_before(air->heap[child], device))
            break;
        put(air, at, air->heap[child]);
        at = child;
    }
    put(air, at, device);
}

void bcn_heap_build(struct beacon_air *air)
{
    air->heap = g_new(struct bcn_device *, MAX(air->devices_count, 1));
    for (guint i = 0; i < air->devices_count; i++) {
        air->heap_count = i + 1;
        put(air, i, &air->devices[i]);
        sift_up(air, i);
    }
}

void bcn_heap_moved(struct beacon_air *air, struct bcn_device *device)
{
    sift_up(air, device->heap_at - 1);
    sift_down(air, device->heap_at - 1);
}

void bcn_heap_remove(struct beacon_air *air, struct bcn_device *device)
{
    guint at = device->heap_at - 1;
    struct bcn_device *last = air->heap[--air->heap_count];

    device->heap_at = 0;
    if (last != device) {
        put(air, at, last);
        bcn_heap_moved(air, last);
    }
}
