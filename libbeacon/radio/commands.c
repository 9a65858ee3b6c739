/* SPDX-License-Identifier: MIT */
/* Commands on their way: as many as the controller has credits for, answers matched by opcode, each
 * with a limit of time. */
#include "radio/commands.h"

#include "radio/hci.h"
#include <string.h>

enum { HEAD_SIZE = 4, PARAMETERS_MAX = 255 };

struct command {
    guint16 opcode;
    bcn_command_done done;
    gpointer user;
    gint64 limit_us; /* monotonic, counted anew when it is sent */
    gsize size;
    guint8 packet[HEAD_SIZE + PARAMETERS_MAX];
};

void bcn_commands_init(struct bcn_commands *commands)
{
    commands->credits = 1;
}

void bcn_commands_clear(struct bcn_commands *commands)
{
    g_queue_clear_full(&commands->waiting, g_free);
    g_queue_clear_full(&commands->underway, g_free);
    beacon_clock_cancel(commands->clock, &commands->timer);
    commands->credits = 1;
}

gboolean bcn_commands_idle(const struct bcn_commands *commands)
{
    return commands->waiting.length == 0 && commands->underway.length == 0;
}

/* The one that is first to be late: also a command without a credit waits no longer than its limit.
 */
static struct command *oldest(struct bcn_commands *commands)
{
    struct command *sent = g_queue_peek_head(&commands->underway);
    return sent != NULL ? sent : g_queue_peek_head(&commands->waiting);
}

static void late(gpointer user)
{
    struct bcn_commands *commands = user;
    commands->timer = 0;
    guint16 opcode = oldest(commands)->opcode;
    commands->counters->timeouts++;
    bcn_commands_clear(commands);
    commands->late(opcode, commands->user);
}

/* The timer is the oldest command's. */
static void watch_oldest(struct bcn_commands *commands)
{
    const struct command *command = oldest(commands);
    beacon_clock_cancel(commands->clock, &commands->timer);
    if (command == NULL)
        return;
    gint64 left = command->limit_us - beacon_clock_monotonic_us(commands->clock);
    commands->timer = beacon_clock_after(commands->clock, left, late, commands);
}

static gint64 limit_us(const struct bcn_commands *commands)
{
    return beacon_clock_monotonic_us(commands->clock) + (gint64)commands->limit_ms * 1000;
}

static void pump(struct bcn_commands *commands)
{
    while (commands->credits > 0 && commands->waiting.length > 0) {
        struct command *command = g_queue_pop_head(&commands->waiting);
        commands->credits--;
        commands->counters->commands++;
        command->limit_us = limit_us(commands);
        g_queue_push_tail(&commands->underway, command);
        if (commands->passed != NULL)
            commands->passed(command->packet, command->size, commands->user);
        commands->transport->class->send(commands->transport, command->packet, command->size);
    }
    watch_oldest(commands);
}

void bcn_commands_send(struct bcn_commands *commands, guint16 opcode, const guint8 *parameters,
                       gsize size, bcn_command_done done, gpointer user)
{
    g_assert(size <= PARAMETERS_MAX);
    struct command *command = g_new(struct command, 1);
    *command = (struct command){
        .opcode = opcode,
        .done = done,
        .user = user,
        .limit_us = limit_us(commands),
        .size = HEAD_SIZE + size,
    };
    command->packet[0] = BCN_H4_COMMAND;
    bcn_put16(command->packet + 1, opcode);
    command->packet[3] = (guint8)size;
    if (size > 0)
        memcpy(command->packet + HEAD_SIZE, parameters, size);
    g_queue_push_tail(&commands->waiting, command);
    pump(commands);
}

static struct command *take(struct bcn_commands *commands, guint16 opcode)
{
    for (GList *link = commands->underway.head; link != NULL; link = link->next) {
        struct command *command = link->data;
        if (command->opcode == opcode) {
            g_queue_delete_link(&commands->underway, link);
            return command;
        }
    }
    return NULL;
}

/* An answer: credits first, then whoever waits for it. Opcode 0 brings credits alone. */
static void answered(struct bcn_commands *commands, guint8 credits, guint16 opcode, guint8 status,
                     const guint8 *result, gsize size)
{
    commands->credits = credits;
    struct command *command = opcode != 0 ? take(commands, opcode) : NULL;
    if (command != NULL) {
        if (status != BCN_HCI_SUCCESS)
            commands->counters->refused++;
        if (command->done != NULL)
            command->done(status, result, size, command->user);
        g_free(command);
    }
    pump(commands);
}

gboolean bcn_commands_complete(struct bcn_commands *commands, const guint8 *parameters, gsize size)
{
    if (size < 3)
        return FALSE;
    guint16 opcode = bcn_get16(parameters + 1);
    if (size < 4 && opcode != 0)
        return FALSE;
    gsize rest = size > 4 ? size - 4 : 0;
    answered(commands, parameters[0], opcode, size > 3 ? parameters[3] : 0,
             parameters + size - rest, rest);
    return TRUE;
}

gboolean bcn_commands_status(struct bcn_commands *commands, const guint8 *parameters, gsize size)
{
    if (size < 4)
        return FALSE;
    answered(commands, parameters[1], bcn_get16(parameters + 2), parameters[0], NULL, 0);
    return TRUE;
}
