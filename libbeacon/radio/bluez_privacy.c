/* SPDX-License-Identifier: MIT */
/* Privacy, which only the kernel's management socket tells; anybody may ask it this. */
#include "radio/bluez.h"

#include <sys/socket.h>
#include <unistd.h>

/* BlueZ's doc/mgmt-api.txt, "Read Controller Information"; its header, lib/mgmt.h. */
enum {
    PROTOCOL_HCI = 1,
    CHANNEL_CONTROL = 3,
    NO_DEVICE = 0xFFFF,
    READ_INFO = 0x0004,
    COMMAND_COMPLETE = 0x0001,
    INFO_AT = 9, /* after the event's head, the opcode and the status */
    CURRENT_SETTINGS_AT = INFO_AT + 13,
    SETTING_PRIVACY = 1 << 13,
};

struct control_address {
    sa_family_t family;
    guint16 device;
    guint16 channel;
};

static gboolean ask_settings(int fd, guint16 index, guint32 *ret_settings)
{
    const guint8 command[6] = {READ_INFO, 0, (guint8)index, (guint8)(index >> 8), 0, 0};
    guint8 answer[512];
    if (send(fd, command, sizeof command, 0) != (ssize_t)sizeof command)
        return FALSE;
    /* The kernel has answered by now; what else it says, says somebody else's event. */
    for (int i = 0; i < 16; i++) {
        ssize_t size = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
        if (size < 0)
            return FALSE;
        if (size < CURRENT_SETTINGS_AT + 4 || answer[0] != COMMAND_COMPLETE ||
            answer[6] != READ_INFO || answer[8] != 0)
            continue;
        const guint8 *s = answer + CURRENT_SETTINGS_AT;
        *ret_settings = s[0] | (guint32)s[1] << 8 | (guint32)s[2] << 16 | (guint32)s[3] << 24;
        return TRUE;
    }
    return FALSE;
}

gboolean bcn_bluez_is_private(const char *adapter)
{
    const struct control_address control = {AF_BLUETOOTH, NO_DEVICE, CHANNEL_CONTROL};
    guint64 index;
    guint32 settings = 0;
    if (!g_str_has_prefix(adapter, "hci") ||
        !g_ascii_string_to_unsigned(adapter + 3, 10, 0, NO_DEVICE - 1, &index, NULL))
        return FALSE;
    int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, PROTOCOL_HCI);
    if (fd < 0)
        return FALSE;
    gboolean told = bind(fd, (const struct sockaddr *)&control, sizeof control) == 0 &&
                    ask_settings(fd, (guint16)index, &settings);
    close(fd);
    return told && (settings & SETTING_PRIVACY) != 0;
}
