/* SPDX-License-Identifier: MIT */
/* The machine's Bluetooth adapters: the one file that speaks to the kernel about them. */
#include "radio/adapter.h"

#include "radio/reason.h"
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel numbers adapters from 0 and lists as many as it is given room for. */
enum { ADAPTERS_MAX = 64 };

static int open_socket(int *ret_fd)
{
    *ret_fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);
    return *ret_fd < 0 ? errno : 0;
}

static int bind_channel(guint16 index, guint16 channel, int *ret_fd)
{
    struct sockaddr_hci address = {
        .hci_family = AF_BLUETOOTH, .hci_dev = index, .hci_channel = channel};
    int fd;
    int status = open_socket(&fd);
    if (status != 0)
        return status;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        *ret_fd = fd;
        return 0;
    }
    status = errno;
    close(fd);
    return status;
}

int bcn_adapter_open(guint16 index, int *ret_fd)
{
    return bind_channel(index, HCI_CHANNEL_USER, ret_fd);
}

int bcn_adapter_power(guint16 index, gboolean up)
{
    int fd;
    int status = open_socket(&fd);
    if (status != 0)
        return status;
    if (ioctl(fd, up ? HCIDEVUP : HCIDEVDOWN, (unsigned long)index) != 0 && errno != EALREADY)
        status = errno;
    close(fd);
    return status;
}

/* ---- The list ---- */

/* Little-endian numbers of the management interface (BlueZ, doc/mgmt-api.txt). */
enum {
    MGMT_READ_INDEX_LIST = 0x0003,
    MGMT_COMMAND_COMPLETE = 0x0001,
    MGMT_HEADER = 6, /* code, index, length of what follows */
    MGMT_LIST = 11,  /* then the command, its status, a count, and the indexes */
    MGMT_EVENTS_MAX = 64,
    MGMT_WAIT_MS = 1000,
};

static guint16 number(const guint8 *bytes)
{
    return (guint16)(bytes[0] | bytes[1] << 8);
}

static gboolean is_index_list(const guint8 *event, gssize size)
{
    return size >= MGMT_LIST && number(event) == MGMT_COMMAND_COMPLETE &&
           number(event + MGMT_HEADER) == MGMT_READ_INDEX_LIST && event[MGMT_HEADER + 2] == 0;
}

static void mark_managed(const guint8 *event, gssize size, gboolean managed[ADAPTERS_MAX])
{
    gssize count = MIN(number(event + MGMT_LIST - 2), (size - MGMT_LIST) / 2);
    for (gssize i = 0; i < count; i++)
        if (number(event + MGMT_LIST + 2 * i) < ADAPTERS_MAX)
            managed[number(event + MGMT_LIST + 2 * i)] = TRUE;
}

/* Asks which adapters the kernel manages itself: one that is up and not among them is in a user
 * channel's hands. FALSE where it does not say. */
static gboolean read_managed(gboolean managed[ADAPTERS_MAX])
{
    static const guint8 question[MGMT_HEADER] = {MGMT_READ_INDEX_LIST, 0, 0xff, 0xff};
    guint8 event[512];
    gboolean answered = FALSE;
    int fd = -1;
    if (bind_channel(HCI_DEV_NONE, HCI_CHANNEL_CONTROL, &fd) != 0)
        return FALSE;
    gboolean asked = write(fd, question, sizeof question) == (gssize)sizeof question;
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    for (int i = 0; asked && !answered && i < MGMT_EVENTS_MAX; i++) {
        gssize size = poll(&waiting, 1, MGMT_WAIT_MS) == 1 ? read(fd, event, sizeof event) : -1;
        answered = is_index_list(event, size);
        asked = size >= 0;
        if (answered)
            mark_managed(event, size, managed);
    }
    close(fd);
    return answered;
}

/* Core 5.3, vol 2 part C, 3.3: bit 38 says LE; no features at all: not read yet. */
static void note_features(struct bcn_adapter *adapter, const guint8 features[8])
{
    static const guint8 none[8];
    adapter->knows_le = memcmp(features, none, sizeof none) != 0;
    adapter->has_le = (features[4] & LMP_LE) != 0;
}

/* FALSE: it went away, or is no adapter of the usual kind. */
static gboolean read_adapter(int fd, guint16 index, struct bcn_adapter *ret_adapter)
{
    struct hci_dev_info info = {.dev_id = index};
    if (ioctl(fd, HCIGETDEVINFO, &info) != 0 || (info.type & 0x30) >> 4 != HCI_PRIMARY)
        return FALSE;
    *ret_adapter = (struct bcn_adapter){.index = index};
    memcpy(ret_adapter->face.name, info.name, sizeof ret_adapter->face.name - 1);
    for (gsize i = 0; i < 6; i++)
        ret_adapter->face.address.bytes[i] = info.bdaddr.b[5 - i];
    ret_adapter->face.up = (info.flags & 1u << HCI_UP) != 0;
    ret_adapter->starting = (info.flags & 1u << HCI_INIT) != 0;
    note_features(ret_adapter, info.features);
    return TRUE;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    return ((const struct bcn_adapter *)a)->index - ((const struct bcn_adapter *)b)->index;
}

static GArray *read_adapters(int fd, const struct hci_dev_list_req *list)
{
    gboolean managed[ADAPTERS_MAX] = {FALSE};
    GArray *adapters = g_array_new(FALSE, TRUE, sizeof(struct bcn_adapter));
    gboolean says = list->dev_num > 0 && read_managed(managed);
    for (guint i = 0; i < list->dev_num; i++) {
        struct bcn_adapter adapter;
        if (!read_adapter(fd, list->dev_req[i].dev_id, &adapter))
            continue;
        adapter.face.held = says && adapter.face.up && !adapter.starting &&
                            adapter.index < ADAPTERS_MAX && !managed[adapter.index];
        g_array_append_val(adapters, adapter);
    }
    g_array_sort(adapters, by_index);
    return adapters;
}

int bcn_adapters(GArray **ret_adapters)
{
    int fd;
    int status = open_socket(&fd);
    if (status != 0)
        return status;
    struct hci_dev_list_req *list =
        g_malloc0(sizeof *list + ADAPTERS_MAX * sizeof(struct hci_dev_req));
    list->dev_num = ADAPTERS_MAX;
    if (ioctl(fd, HCIGETDEVLIST, list) == 0)
        *ret_adapters = read_adapters(fd, list);
    else
        status = errno;
    g_free(list);
    close(fd);
    return status;
}

GArray *beacon_radio_adapters(GError **error)
{
    GArray *found;
    int status = bcn_adapters(&found);
    if (status != 0) {
        bcn_reason_refuse(NULL, status, error);
        return NULL;
    }
    GArray *faces = g_array_new(FALSE, TRUE, sizeof(struct beacon_adapter));
    for (guint i = 0; i < found->len; i++)
        g_array_append_val(faces, g_array_index(found, struct bcn_adapter, i).face);
    g_array_unref(found);
    return faces;
}
