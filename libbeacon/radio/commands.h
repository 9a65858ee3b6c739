/* SPDX-License-Identifier: MIT */
/* Commands on their way: as many as the controller has credits for, answers matched by opcode, each
 * with a limit of time. */
#ifndef BCN_RADIO_COMMANDS_H
#define BCN_RADIO_COMMANDS_H

#include "radio/transport.h"

/* What came back: the status, and what follows it. A command that was given up is not told. */
typedef void (*bcn_command_done)(guint8 status, const guint8 *result, gsize size, gpointer user);

struct bcn_commands {
    struct bcn_transport *transport;
    beacon_clock *clock;
    guint32 limit_ms;
    void (*late)(guint16 opcode,
                 gpointer user); /* no answer in time; all commands are forgotten first */
    gpointer user;
    struct beacon_radio_counters *counters;
    void (*passed)(const guint8 *packet, gsize size, gpointer user); /* each that is sent */
    guint credits;
    GQueue waiting;
    GQueue underway;
    guint timer;
};

void bcn_commands_init(struct bcn_commands *commands);

/* Sends at once or when there is a credit. done may be NULL. */
void bcn_commands_send(struct bcn_commands *commands, guint16 opcode, const guint8 *parameters,
                       gsize size, bcn_command_done done, gpointer user);

/* The parameters of a Command Complete or Command Status event; FALSE: malformed. */
gboolean bcn_commands_complete(struct bcn_commands *commands, const guint8 *parameters, gsize size);
gboolean bcn_commands_status(struct bcn_commands *commands, const guint8 *parameters, gsize size);

/* Forgets all commands; one credit, as after a reset. */
void bcn_commands_clear(struct bcn_commands *commands);

/* Nothing is on its way. */
gboolean bcn_commands_idle(const struct bcn_commands *commands);

#endif
