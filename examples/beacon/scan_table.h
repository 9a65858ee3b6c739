/* SPDX-License-Identifier: MIT */
/* beacon scan in a terminal: a table of the phones about, written over itself. */
#ifndef TOOL_SCAN_TABLE_H
#define TOOL_SCAN_TABLE_H

#include "live_output.h"
#include "scan_heard.h"

struct scan_table {
    struct heard *heard;
    beacon_radio *radio;
    struct live_output *output;
    bool is_full_address;
    int drawn;   /* lines on the screen, the cursor below them */
    guint timer; /* a source */
};

/* Draws four times a second from now on. */
void scan_table_begin(struct scan_table *table);

/* Draws a last time; what is written next stands below. The radio must still be there. */
void scan_table_end(struct scan_table *table);

#endif
