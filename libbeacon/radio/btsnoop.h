/* SPDX-License-Identifier: MIT */
/* btsnoop files, which hold HCI packets with their times: read one packet at a time, and written.
 */
#ifndef BCN_RADIO_BTSNOOP_H
#define BCN_RADIO_BTSNOOP_H

#include "radio/transport.h"
#include <stdio.h>

/* The longest packet there can be, in H4's form: an ACL packet, its type and its header. */
#define BCN_BTSNOOP_PACKET_MAX (1 + 4 + 65535)

enum { BCN_BTSNOOP_HEADER_SIZE = 16, BCN_BTSNOOP_RECORD_SIZE = 24 };

/* What follows in a file. */
enum bcn_btsnoop_datalink {
    BCN_BTSNOOP_HCI = 1001,     /* packets without their type */
    BCN_BTSNOOP_H4 = 1002,      /* with it */
    BCN_BTSNOOP_MONITOR = 2001, /* of all adapters, with the kernel's notes: btmon */
};

/* ---- Read ---- */

struct bcn_btsnoop_record {
    gint64 time_us; /* since 1970; never before the record that came before */
    gboolean received;
    guint16 adapter; /* its number; 0 where files do not say */
    gboolean cut;    /* the file holds only the beginning of the packet */
    /* In H4's form whatever the file's, at least the type; type 0 is no HCI packet but a note.
     * Borrowed until the next record is read. */
    const guint8 *packet;
    gsize size;
};

struct bcn_btsnoop_counts {
    guint64 records;
    guint64 cut;       /* packets of which only the beginning was kept */
    guint64 backwards; /* records earlier than the one before: they got its time */
};

struct bcn_btsnoop; /* a file being read; its memory does not grow with it */

/* Opens a regular file, or takes over a stream, and reads the header. BEACON_RADIO_ERROR: the text
 * names the file, and the offset of what is wrong in it. */
struct bcn_btsnoop *bcn_btsnoop_open(const char *path, GError **error);
struct bcn_btsnoop *bcn_btsnoop_open_stream(FILE *stream, const char *name, GError **error);
struct bcn_btsnoop *bcn_btsnoop_close(struct bcn_btsnoop *file); /* takes NULL, returns NULL */

/* 1 and a record; 0 at the end; -1 and an error. What comes after damage cannot be trusted: there
 * is nothing to go on with. */
int bcn_btsnoop_next(struct bcn_btsnoop *file, struct bcn_btsnoop_record *ret_record,
                     GError **error);

struct bcn_btsnoop_counts bcn_btsnoop_counts(const struct bcn_btsnoop *file);

/* ---- Write ---- */

/* The header of a file of H4 packets. */
void bcn_btsnoop_put_header(GByteArray *bytes);

/* A record. What is longer than the longest packet is cut, and says so. */
void bcn_btsnoop_put_packet(GByteArray *bytes, gint64 time_us, gboolean received,
                            const guint8 *packet, gsize size);

/* How many of the bytes, which begin with a record, are whole records. */
gsize bcn_btsnoop_whole(const guint8 *bytes, gsize size);

/* ---- What errors say of files ---- */

/* The name, the caller's, without what could steer a terminal: a stranger may have given it. */
char *bcn_shown_name(const char *path);

enum beacon_radio_error bcn_error_of_errno(int number);

#endif
