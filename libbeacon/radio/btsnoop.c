/* SPDX-License-Identifier: MIT */
/* btsnoop files, which hold HCI packets with their times: read one packet at a time, and written.
 */
#include "radio/btsnoop.h"

#include "radio/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A file begins with eight bytes, a version and a datalink; a record with the packet's length as it
 * was and as it is in the file, flags, a count of drops, and a time: all with the most significant
 * byte first (Frontline, "BTSnoop File Format").
 */
static const guint8 magic[8] = "btsnoop";

enum { VERSION = 1 };

/* clang-format off */
enum { AT_VERSION = 8,   AT_DATALINK = 12 };
enum { AT_ORIGINAL = 0,   AT_INCLUDED = 4,   AT_FLAGS = 8,   AT_TIME = 16 };
/* clang-format on */

/* Flags of datalinks 1001 and 1002; in a monitor's, an adapter and one of the opcodes below. */
enum { FLAG_RECEIVED = 1 << 0, FLAG_COMMAND_OR_EVENT = 1 << 1 };

/* 1970 in microseconds since the year 0, as btsnoop counts them (2000 is 0x00E03AB44A676000). */
#define EPOCH_US G_GUINT64_CONSTANT(0x00DCDDB30F2F8000)
#define END_US   ((guint64)BEACON_TIME_END_MS * 1000)

struct bcn_btsnoop {
    FILE *stream;
    char *name; /* fit to be shown */
    guint64 offset;
    guint32 datalink;
    gint64 last_us;
    struct bcn_btsnoop_counts counts;
    /* One byte before the packet, for a type that the file does not have. */
    guint8 packet[1 + BCN_BTSNOOP_PACKET_MAX];
};

static guint32 get_32(const guint8 *bytes)
{
    guint32 number;
    memcpy(&number, bytes, sizeof number);
    return GUINT32_FROM_BE(number);
}

static guint64 get_64(const guint8 *bytes)
{
    return (guint64)get_32(bytes) << 32 | get_32(bytes + 4);
}

/* ---- What is wrong ---- */

char *bcn_shown_name(const char *path)
{
    char *text = g_filename_display_name(path);
    GString *clean = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at += g_utf8_skip[(guchar)*at]) {
        gunichar character = g_utf8_get_char(at);
        g_string_append_unichar(clean, g_unichar_isprint(character) ? character : '?');
    }
    g_free(text);
    return g_string_free(clean, FALSE);
}

enum beacon_radio_error bcn_error_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return BEACON_RADIO_ERROR_ABSENT;
    case EACCES:
    case EPERM:
        return BEACON_RADIO_ERROR_PERMISSION;
    default:
        return BEACON_RADIO_ERROR_FAILED;
    }
}

static void fail(const char *name, int number, GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, (gint)bcn_error_of_errno(number),
                _("%s: could not be read: %s"), name, g_strerror(number));
}

/* Takes over `found`. Always -1. */
static int refuse(const struct bcn_btsnoop *file, guint64 offset, char *found, const char *expected,
                  GError **error)
{
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FORMAT,
                _("%s: at byte %llu: found %s, expected %s"), file->name,
                (unsigned long long)offset, found, expected);
    g_free(found);
    return -1;
}

static int fail_reading(const struct bcn_btsnoop *file, GError **error)
{
    fail(file->name, errno, error);
    return -1;
}

/* ---- The header ---- */

static gboolean is_pcap(const guint8 *bytes)
{
    static const guint32 magics[] = {0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1, 0x0A0D0D0A};
    for (gsize i = 0; i < G_N_ELEMENTS(magics); i++)
        if (get_32(bytes) == magics[i])
            return TRUE;
    return FALSE;
}

static int refuse_magic(const struct bcn_btsnoop *file, const guint8 *bytes, GError **error)
{
    if (!is_pcap(bytes))
        return refuse(file, 0, g_strdup(_("another beginning")), _("a btsnoop file"), error);
    g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_FORMAT,
                _("%s: this is a pcap file, not btsnoop: convert it with "
                  "\"editcap -F btsnoop FILE.pcap FILE.btsnoop\" (of Wireshark)"),
                file->name);
    return -1;
}

static int check_header(struct bcn_btsnoop *file, const guint8 *header, GError **error)
{
    guint32 version = get_32(header + AT_VERSION);
    file->datalink = get_32(header + AT_DATALINK);
    if (memcmp(header, magic, sizeof magic) != 0)
        return refuse_magic(file, header, error);
    if (version != VERSION)
        return refuse(file, AT_VERSION, g_strdup_printf(_("version %u"), version), _("version 1"),
                      error);
    if (file->datalink != BCN_BTSNOOP_HCI && file->datalink != BCN_BTSNOOP_H4 &&
        file->datalink != BCN_BTSNOOP_MONITOR)
        return refuse(file, AT_DATALINK, g_strdup_printf(_("datalink %u"), file->datalink),
                      _("1001 (HCI), 1002 (H4) or 2001 (monitor)"), error);
    return 0;
}

static int read_header(struct bcn_btsnoop *file, GError **error)
{
    guint8 header[BCN_BTSNOOP_HEADER_SIZE];
    errno = 0;
    gsize got = fread(header, 1, sizeof header, file->stream);
    if (ferror(file->stream))
        return fail_reading(file, error);
    if (got < sizeof header)
        return refuse(file, 0, g_strdup_printf(_("%zu bytes in all"), got),
                      _("a header of 16 bytes"), error);
    file->offset = sizeof header;
    return check_header(file, header, error);
}

struct bcn_btsnoop *bcn_btsnoop_open_stream(FILE *stream, const char *name, GError **error)
{
    struct bcn_btsnoop *file = g_new0(struct bcn_btsnoop, 1);
    file->stream = stream;
    file->name = bcn_shown_name(name);
    if (read_header(file, error) == 0)
        return file;
    return bcn_btsnoop_close(file);
}

/* 0, or why it cannot be read: a pipe would block, or could not be read twice. */
static int open_regular(const char *path, int *ret_fd)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno;
    int number = fstat(fd, &status) != 0 ? errno : 0;
    if (number == 0 && !S_ISREG(status.st_mode))
        number = S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    if (number != 0)
        close(fd);
    *ret_fd = fd;
    return number;
}

struct bcn_btsnoop *bcn_btsnoop_open(const char *path, GError **error)
{
    int fd = -1;
    int number = open_regular(path, &fd);
    if (number != 0) {
        char *name = bcn_shown_name(path);
        fail(name, number, error);
        g_free(name);
        return NULL;
    }
    return bcn_btsnoop_open_stream(fdopen(fd, "rb"), path, error);
}

struct bcn_btsnoop *bcn_btsnoop_close(struct bcn_btsnoop *file)
{
    if (file == NULL)
        return NULL;
    fclose(file->stream);
    g_free(file->name);
    g_free(file);
    return NULL;
}

struct bcn_btsnoop_counts bcn_btsnoop_counts(const struct bcn_btsnoop *file)
{
    return file->counts;
}

/* ---- Records ---- */

/* What the kernel's monitor says of a record (BlueZ, src/shared/btsnoop.h), as H4's type; 0 for
 * its notes. */
static const struct {
    guint8 type;
    gboolean received;
} monitored[] = {
    [2] = {BCN_H4_COMMAND, FALSE}, [3] = {BCN_H4_EVENT, TRUE}, [4] = {BCN_H4_ACL, FALSE},
    [5] = {BCN_H4_ACL, TRUE},      [6] = {BCN_H4_SCO, FALSE},  [7] = {BCN_H4_SCO, TRUE},
    [18] = {BCN_H4_ISO, FALSE},    [19] = {BCN_H4_ISO, TRUE},
};

static void set_monitored(struct bcn_btsnoop *file, struct bcn_btsnoop_record *record,
                          guint32 flags)
{
    guint opcode = flags & 0xFFFF;
    record->adapter = (guint16)(flags >> 16);
    gboolean known = opcode < G_N_ELEMENTS(monitored);
    file->packet[0] = known ? monitored[opcode].type : 0;
    record->received = known && monitored[opcode].received;
}

/* H1 has wires for what H4 has types for. */
static guint8 type_by_flags(guint32 flags)
{
    if ((flags & FLAG_COMMAND_OR_EVENT) == 0)
        return BCN_H4_ACL;
    return (flags & FLAG_RECEIVED) != 0 ? BCN_H4_EVENT : BCN_H4_COMMAND;
}

/* The packet of `size` bytes stands behind the first byte, whose use is settled here. */
static void set_packet(struct bcn_btsnoop *file, struct bcn_btsnoop_record *record, guint32 flags,
                       gsize size)
{
    record->packet = file->packet;
    record->size = 1 + size;
    record->adapter = 0;
    record->received = (flags & FLAG_RECEIVED) != 0;
    file->packet[0] = 0;
    if (file->datalink == BCN_BTSNOOP_MONITOR) {
        set_monitored(file, record, flags);
    } else if (file->datalink == BCN_BTSNOOP_HCI) {
        file->packet[0] = type_by_flags(flags);
    } else if (size > 0) {
        record->packet++;
        record->size--;
    }
}

/* A clock that was set back must not take the replay's with it. */
static gint64 onward(struct bcn_btsnoop *file, gint64 time_us)
{
    if (time_us < file->last_us)
        file->counts.backwards++;
    file->last_us = MAX(file->last_us, time_us);
    return file->last_us;
}

static int check_record(const struct bcn_btsnoop *file, const guint8 *header, GError **error)
{
    guint32 original = get_32(header + AT_ORIGINAL);
    guint32 included = get_32(header + AT_INCLUDED);
    guint64 time = get_64(header + AT_TIME);
    if (included > BCN_BTSNOOP_PACKET_MAX)
        return refuse(file, file->offset + AT_INCLUDED,
                      g_strdup_printf(_("a packet of %u bytes"), included),
                      _("at most 65540, the longest there is"), error);
    if (original < included)
        return refuse(file, file->offset + AT_ORIGINAL,
                      g_strdup_printf(_("a packet of %u bytes, of which the file holds %u"),
                                      original, included),
                      _("a record that does not contradict itself"), error);
    if (time < EPOCH_US || time - EPOCH_US >= END_US)
        return refuse(file, file->offset + AT_TIME,
                      g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", time),
                      _("a time in the years 1970 to 2100"), error);
    return 1;
}

/* 1; 0 at the end; -1 and an error. */
static int read_record_header(struct bcn_btsnoop *file, guint8 *ret_header, GError **error)
{
    errno = 0;
    gsize got = fread(ret_header, 1, BCN_BTSNOOP_RECORD_SIZE, file->stream);
    if (ferror(file->stream))
        return fail_reading(file, error);
    if (got == 0)
        return 0;
    if (got < BCN_BTSNOOP_RECORD_SIZE)
        return refuse(file, file->offset, g_strdup_printf(_("%zu bytes before the end"), got),
                      _("a record's header of 24"), error);
    return check_record(file, ret_header, error);
}

static int read_packet(struct bcn_btsnoop *file, gsize size, GError **error)
{
    errno = 0;
    gsize got = fread(file->packet + 1, 1, size, file->stream);
    if (ferror(file->stream))
        return fail_reading(file, error);
    if (got < size)
        return refuse(file, file->offset + BCN_BTSNOOP_RECORD_SIZE,
                      g_strdup_printf(_("%zu bytes before the end"), got),
                      _("the whole packet of its record"), error);
    return 1;
}

int bcn_btsnoop_next(struct bcn_btsnoop *file, struct bcn_btsnoop_record *ret_record,
                     GError **error)
{
    guint8 header[BCN_BTSNOOP_RECORD_SIZE];
    int result = read_record_header(file, header, error);
    if (result != 1)
        return result;
    gsize size = get_32(header + AT_INCLUDED);
    if (read_packet(file, size, error) != 1)
        return -1;
    set_packet(file, ret_record, get_32(header + AT_FLAGS), size);
    ret_record->time_us = onward(file, (gint64)(get_64(header + AT_TIME) - EPOCH_US));
    ret_record->cut = get_32(header + AT_ORIGINAL) > size;
    file->offset += BCN_BTSNOOP_RECORD_SIZE + size;
    file->counts.records++;
    file->counts.cut += ret_record->cut ? 1 : 0;
    return 1;
}

/* ---- Write ---- */

static void put_32(GByteArray *bytes, guint32 number)
{
    number = GUINT32_TO_BE(number);
    g_byte_array_append(bytes, (const guint8 *)&number, sizeof number);
}

void bcn_btsnoop_put_header(GByteArray *bytes)
{
    g_byte_array_append(bytes, magic, sizeof magic);
    put_32(bytes, VERSION);
    put_32(bytes, BCN_BTSNOOP_H4);
}

void bcn_btsnoop_put_packet(GByteArray *bytes, gint64 time_us, gboolean received,
                            const guint8 *packet, gsize size)
{
    gsize included = MIN(size, BCN_BTSNOOP_PACKET_MAX);
    guint64 time = (guint64)time_us + EPOCH_US;
    gboolean command_or_event =
        size > 0 && (packet[0] == BCN_H4_COMMAND || packet[0] == BCN_H4_EVENT);
    put_32(bytes, (guint32)MIN(size, G_MAXUINT32));
    put_32(bytes, (guint32)included);
    put_32(bytes,
           (received ? FLAG_RECEIVED : 0U) | (command_or_event ? FLAG_COMMAND_OR_EVENT : 0U));
    put_32(bytes, 0);
    put_32(bytes, (guint32)(time >> 32));
    put_32(bytes, (guint32)time);
    g_byte_array_append(bytes, packet, (guint)included);
}

gsize bcn_btsnoop_whole(const guint8 *bytes, gsize size)
{
    gsize whole = 0;
    while (size - whole >= BCN_BTSNOOP_RECORD_SIZE) {
        gsize next = BCN_BTSNOOP_RECORD_SIZE + get_32(bytes + whole + AT_INCLUDED);
        if (next > size - whole)
            break;
        whole += next;
    }
    return whole;
}
