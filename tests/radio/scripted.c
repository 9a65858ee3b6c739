/* SPDX-License-Identifier: MIT */
/* The controller: its commands, each as the specification describes it. */
#include "radio/scripted.h"

#include "radio/scripted_wire.h"
#include <string.h>

/* Numbers are written out here, not taken from the host's header. */

struct answer {
    guint8 bytes[80];
    gsize size;
};

static guint16 get16(const guint8 *bytes)
{
    return (guint16)(bytes[0] + 256 * bytes[1]);
}

static void put16(guint8 *bytes, guint value)
{
    bytes[0] = (guint8)(value & 0xFF);
    bytes[1] = (guint8)(value >> 8);
}

/* ---- What is on the air ---- */

static struct beacon_address to_address(const guint8 wire[6], guint8 type)
{
    struct beacon_address address = {.type = type};
    for (gsize i = 0; i < 6; i++)
        address.bytes[i] = wire[5 - i];
    return address;
}

static void note_air(struct scripted *controller)
{
    struct scripted_air air = {
        .time_us = beacon_clock_monotonic_us(controller->clock),
        .on = controller->advertising,
        .connectable = controller->connectable,
        .address = to_address(controller->on_air_from, controller->advertise_own),
        .data = controller->data,
    };
    g_array_append_val(controller->airs, air);
}

static void set_advertising(struct scripted *controller, gboolean on)
{
    gboolean was = controller->advertising;
    controller->advertising = on;
    if (on)
        memcpy(controller->on_air_from,
               controller->style == 2 ? controller->set_address : controller->random, 6);
    if (on || was)
        note_air(controller);
}

gboolean scripted_is_quiet(const struct scripted *controller)
{
    return !controller->advertising && !controller->scanning && !controller->initiating &&
           scripted_links_up(controller) == 0;
}

/* ---- Reset, and what it is (7.3 and 7.4) ---- */

static guint8 do_reset(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p, (void)answer;
    set_advertising(controller, FALSE);
    controller->style = 0;
    controller->has_random = controller->has_set = FALSE;
    controller->has_set_address = controller->has_parameters = FALSE;
    controller->scanning = controller->initiating = FALSE;
    controller->data.size = 0;
    controller->acl_used = 0;
    controller->resets++;
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        controller->links[i].up = FALSE;
    return 0;
}

static guint8 do_nothing(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)controller, (void)p, (void)answer;
    return 0;
}

static guint8 do_host_support(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p, (void)answer;
    return (controller->kind & SCRIPTED_LE_ONLY) != 0 ? 0x01 : 0;
}

static guint8 do_read_commands(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p;
    answer->size = 64;
    if ((controller->kind & SCRIPTED_LE_ONLY) == 0)
        answer->bytes[24] |= 0x40;
    if ((controller->kind & SCRIPTED_EXTENDED) != 0) {
        answer->bytes[36] = 0xFE;
        answer->bytes[37] = 0xE0;
    }
    return 0;
}

static guint8 do_read_features(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p;
    answer->size = 8;
    if ((controller->kind & SCRIPTED_LE_ONLY) != 0)
        answer->bytes[4] = 0x20; /* BR/EDR not supported */
    if ((controller->kind & SCRIPTED_NO_LE) == 0)
        answer->bytes[4] |= 0x40;
    return 0;
}

static guint8 do_read_buffers(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p;
    if ((controller->kind & SCRIPTED_LE_ONLY) != 0)
        return 0x01;
    answer->size = 7;
    put16(answer->bytes, (controller->kind & SCRIPTED_SHARED) != 0 ? controller->acl_size : 1021);
    put16(answer->bytes + 3, controller->acl_packets);
    return 0;
}

static guint8 do_le_read_buffers(struct scripted *controller, const guint8 *p,
                                 struct answer *answer)
{
    (void)p;
    answer->size = 3;
    if ((controller->kind & SCRIPTED_SHARED) != 0)
        return 0;
    put16(answer->bytes, controller->acl_size);
    answer->bytes[2] = controller->acl_packets;
    return 0;
}

static guint8 do_le_read_features(struct scripted *controller, const guint8 *p,
                                  struct answer *answer)
{
    (void)p;
    answer->size = 8;
    if ((controller->kind & SCRIPTED_EXTENDED) != 0)
        answer->bytes[1] = 0x10;
    return 0;
}

static guint8 do_le_read_states(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p;
    answer->size = 8;
    for (gsize i = 0; i < 8; i++)
        answer->bytes[i] = (guint8)(controller->states >> 8 * i);
    return 0;
}

/* ---- Which states go together (7.8.27) ---- */

static gboolean can(const struct scripted *controller, guint bit)
{
    return (controller->states >> bit & 1) != 0;
}

/* Bits of "passive scanning with …", by what else is there; active scanning's is this many further.
 */
static gboolean may_scan_too(const struct scripted *controller, gboolean active)
{
    gboolean good = TRUE;
    if (controller->advertising)
        good = can(controller, (controller->connectable ? 10U : 8U) + (active ? 4U : 0U));
    if (controller->initiating)
        good = good && can(controller, active ? 23 : 22);
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        if (controller->links[i].up)
            good = good && can(controller, (controller->links[i].we_are_central ? 24U : 26U) +
                                               (active ? 1U : 0U));
    return good;
}

static gboolean may_advertise_too(const struct scripted *controller)
{
    gboolean good = TRUE, connectable = controller->connectable;
    if (controller->scanning)
        good = can(controller, (connectable ? 10U : 8U) + (controller->active ? 4U : 0U));
    if (controller->initiating)
        good = good && can(controller, connectable ? 32 : 16);
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        if (controller->links[i].up)
            good = good &&
                   can(controller, controller->links[i].we_are_central ? (connectable ? 35U : 18U)
                                                                       : (connectable ? 38U : 20U));
    return good;
}

static gboolean may_initiate_too(const struct scripted *controller)
{
    gboolean good = TRUE;
    if (controller->scanning)
        good = can(controller, controller->active ? 23 : 22);
    if (controller->advertising)
        good = good && can(controller, controller->connectable ? 32 : 16);
    return good;
}

/* ---- Legacy advertising and scanning (7.8.4 … 7.8.11) ---- */

static guint8 do_random_address(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if ((controller->advertising && controller->style == 1) || controller->scanning ||
        controller->initiating)
        return 0x0C;
    memcpy(controller->random, p, 6);
    controller->has_random = TRUE;
    return 0;
}

static gboolean is_interval(guint min, guint max)
{
    return min >= 0x20 && max <= 0x4000 && min <= max;
}

static guint8 do_parameters(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (controller->advertising)
        return 0x0C;
    if (!is_interval(get16(p), get16(p + 2)) || p[4] > 4 || p[5] > 3 || p[13] == 0 || p[13] > 7)
        return 0x12;
    controller->connectable = p[4] == 0;
    controller->advertise_own = p[5];
    controller->has_parameters = TRUE;
    return 0;
}

static guint8 take_data(struct scripted *controller, const guint8 *data, gsize size)
{
    if (size > BEACON_ADVERT_SIZE_MAX)
        return 0x12;
    controller->data.size = (guint8)size;
    memcpy(controller->data.bytes, data, size);
    if (controller->advertising)
        note_air(controller);
    return 0;
}

static guint8 do_data(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    return take_data(controller, p + 1, p[0]);
}

static guint8 do_enable(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (p[0] > 1)
        return 0x12;
    if (p[0] == 1 && controller->advertise_own == 1 && !controller->has_random)
        return 0x12;
    if (p[0] == 1 && !may_advertise_too(controller))
        return 0x0C;
    set_advertising(controller, p[0] == 1);
    return 0;
}

static guint8 take_scan_parameters(struct scripted *controller, guint8 own, const guint8 *p)
{
    guint interval = get16(p + 1), window = get16(p + 3);
    if (controller->scanning)
        return 0x0C;
    if (p[0] > 1 || interval < 4 || interval > 0x4000 || window < 4 || window > interval || own > 3)
        return 0x12;
    controller->active = p[0] == 1;
    controller->scan_own = own;
    return 0;
}

static guint8 do_scan_parameters(struct scripted *controller, const guint8 *p,
                                 struct answer *answer)
{
    (void)answer;
    return take_scan_parameters(controller, p[5], p);
}

static guint8 do_scan_enable(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (p[0] == 1 && controller->scan_own == 1 && !controller->has_random)
        return 0x12;
    if (p[0] == 1 && !controller->scanning && !may_scan_too(controller, controller->active))
        return 0x0C;
    controller->scanning = p[0] == 1;
    return 0;
}

/* ---- Extended advertising and scanning (7.8.52 … 7.8.65); one set ---- */

static guint8 do_set_address(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (!controller->has_set || p[0] != 0)
        return 0x42;
    if (controller->advertising && controller->connectable)
        return 0x0C;
    memcpy(controller->set_address, p + 1, 6);
    controller->has_set_address = TRUE;
    return 0;
}

static guint8 do_ext_parameters(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    guint min = get16(p + 3), max = get16(p + 6), properties = get16(p + 1);
    if (controller->advertising)
        return 0x0C;
    if (p[0] != 0 || !is_interval(min, max) || p[9] == 0 || p[9] > 7 || p[10] > 3)
        return 0x12;
    if (properties != 0x13 && properties != 0x10) /* what of ours are legacy PDUs */
        return 0x12;
    controller->has_set = TRUE;
    controller->connectable = properties == 0x13;
    controller->advertise_own = p[10];
    answer->size = 1;
    return 0;
}

static guint8 do_ext_data(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (!controller->has_set || p[0] != 0)
        return 0x42;
    return p[1] != 3 ? 0x12 : take_data(controller, p + 4, p[3]);
}

static guint8 do_ext_enable(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    if (p[0] > 1 || (p[0] == 1 && p[1] == 0))
        return 0x12;
    if (p[1] != 0 && (!controller->has_set || p[2] != 0))
        return 0x42;
    if (p[0] == 1 && controller->advertise_own == 1 && !controller->has_set_address)
        return 0x12;
    if (p[0] == 1 && !may_advertise_too(controller))
        return 0x0C;
    set_advertising(controller, p[0] == 1);
    return 0;
}

static guint8 do_ext_scan_parameters(struct scripted *controller, const guint8 *p,
                                     struct answer *answer)
{
    (void)answer;
    return p[2] != 1 ? 0x12 : take_scan_parameters(controller, p[0], p + 3);
}

/* ---- Links (7.8.12, 7.8.13, 7.8.66, 7.1.6) ---- */

static guint8 begin_initiating(struct scripted *controller, guint8 own, guint8 peer_type,
                               const guint8 *peer)
{
    if (controller->initiating)
        return 0x0C;
    if (own == 1 && !controller->has_random)
        return 0x12;
    if (!may_initiate_too(controller))
        return 0x0C;
    controller->initiating = TRUE;
    controller->connecting_to = to_address(peer, peer_type);
    return 0;
}

static guint8 do_create(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    return begin_initiating(controller, p[12], p[5], p + 6);
}

static guint8 do_ext_create(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    return p[9] != 1 ? 0x12 : begin_initiating(controller, p[1], p[2], p + 3);
}

static guint8 do_cancel(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)p, (void)answer;
    return controller->initiating ? 0 : 0x0C;
}

static struct scripted_link *find_link(struct scripted *controller, guint16 handle)
{
    for (gsize i = 0; i < SCRIPTED_LINKS_MAX; i++)
        if (controller->links[i].up && controller->links[i].handle == handle)
            return &controller->links[i];
    return NULL;
}

static guint8 do_disconnect(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    (void)answer;
    return find_link(controller, get16(p)) != NULL ? 0 : 0x02;
}

static guint8 do_decline(struct scripted *controller, const guint8 *p, struct answer *answer)
{
    answer->size = 2;
    memcpy(answer->bytes, p, 2);
    return find_link(controller, get16(p)) != NULL ? 0 : 0x02;
}

/* ---- All of them ---- */

enum { ANY_STYLE = 0, LEGACY = 1, EXTENDED = 2, IS_STATUS = 1, VARIABLE = 0x100 };

static const struct known {
    guint16 opcode;
    guint16 size; /* of its parameters, at least, where VARIABLE */
    int style;    /* legacy and extended commands exclude each other (3.1.1) */
    guint8 answer;
    guint8 (*act)(struct scripted *controller, const guint8 *p, struct answer *answer);
} knowns[] = {
    {0x0406, 3, ANY_STYLE, IS_STATUS, do_disconnect},
    {0x0C01, 8, ANY_STYLE, 0, do_nothing},
    {0x0C03, 0, ANY_STYLE, 0, do_reset},
    {0x0C6D, 2, ANY_STYLE, 0, do_host_support},
    {0x1002, 0, ANY_STYLE, 0, do_read_commands},
    {0x1003, 0, ANY_STYLE, 0, do_read_features},
    {0x1005, 0, ANY_STYLE, 0, do_read_buffers},
    {0x2001, 8, ANY_STYLE, 0, do_nothing},
    {0x2002, 0, ANY_STYLE, 0, do_le_read_buffers},
    {0x2003, 0, ANY_STYLE, 0, do_le_read_features},
    {0x2005, 6, ANY_STYLE, 0, do_random_address},
    {0x2006, 15, LEGACY, 0, do_parameters},
    {0x2008, 32, LEGACY, 0, do_data},
    {0x200A, 1, LEGACY, 0, do_enable},
    {0x200B, 7, LEGACY, 0, do_scan_parameters},
    {0x200C, 2, LEGACY, 0, do_scan_enable},
    {0x200D, 25, LEGACY, IS_STATUS, do_create},
    {0x200E, 0, ANY_STYLE, 0, do_cancel},
    {0x201B, 2, ANY_STYLE, 0, do_decline},
    {0x201C, 0, ANY_STYLE, 0, do_le_read_states},
    {0x2021, 3, ANY_STYLE, 0, do_decline},
    {0x2035, 7, EXTENDED, 0, do_set_address},
    {0x2036, 25, EXTENDED, 0, do_ext_parameters},
    {0x2037, 4 | VARIABLE, EXTENDED, 0, do_ext_data},
    {0x2039, 2 | VARIABLE, EXTENDED, 0, do_ext_enable},
    {0x2041, 8, EXTENDED, 0, do_ext_scan_parameters},
    {0x2042, 6, EXTENDED, 0, do_scan_enable},
    {0x2043, 26, EXTENDED, IS_STATUS, do_ext_create},
};

static const struct known *find_known(guint16 opcode)
{
    for (gsize i = 0; i < G_N_ELEMENTS(knowns); i++)
        if (knowns[i].opcode == opcode)
            return &knowns[i];
    return NULL;
}

static gboolean has_size(const struct known *known, gsize size)
{
    gsize least = known->size & 0xFF;
    return (known->size & VARIABLE) != 0 ? size >= least : size == least;
}

static guint8 act(struct scripted *controller, const struct known *known, const guint8 *p,
                  gsize size, struct answer *answer)
{
    gboolean no_le =
        (controller->kind & SCRIPTED_NO_LE) != 0 && known != NULL && known->opcode >= 0x2000;
    if (known == NULL || no_le ||
        (known->style == EXTENDED && (controller->kind & SCRIPTED_EXTENDED) == 0))
        return 0x01;
    if (!has_size(known, size))
        return 0x12;
    if (known->style != ANY_STYLE) {
        if (controller->style != 0 && controller->style != known->style)
            return 0x0C;
        controller->style = known->style;
    }
    return known->act(controller, p, answer);
}

static void send_answer(struct scripted *controller, const struct known *known, guint16 opcode,
                        guint8 status, const struct answer *answer)
{
    guint8 event[128] = {0};
    if (known != NULL && known->answer == IS_STATUS) {
        event[0] = status;
        event[1] = controller->credits;
        put16(event + 2, opcode);
        scripted_event(controller, 0x0F, event, 4);
        return;
    }
    event[0] = controller->credits;
    put16(event + 1, opcode);
    event[3] = status;
    memcpy(event + 4, answer->bytes, answer->size);
    scripted_event(controller, 0x0E, event, 4 + answer->size);
}

/* What follows an answer: links begin and end. */
static void follow_up(struct scripted *controller, guint16 opcode, const guint8 *p)
{
    struct scripted_link *link;
    if (opcode == 0x0406 && (link = find_link(controller, get16(p))) != NULL && !link->keeps)
        scripted_end(link, 0x16);
    if (opcode == 0x200E && controller->initiating && !controller->forgets_cancel)
        scripted_wire_not_connected(controller, 0x02);
    if ((opcode == 0x200D || opcode == 0x2043) && controller->initiating &&
        controller->peer != SCRIPTED_PEER_ABSENT && controller->peer != SCRIPTED_PEER_WAITING)
        scripted_let_in(controller);
}

/* ---- Departures ---- */

static const struct scripted_rule *rule_for(struct scripted *controller, guint16 opcode)
{
    for (guint i = 0; i < controller->rules->len; i++) {
        struct scripted_rule *rule = &g_array_index(controller->rules, struct scripted_rule, i);
        if ((rule->opcode != 0 && rule->opcode != opcode) || rule->times == 0)
            continue;
        if (rule->in > 1) {
            rule->in--;
            continue;
        }
        rule->times--;
        return rule;
    }
    return NULL;
}

struct late {
    struct scripted *controller;
    const struct known *known;
    guint16 opcode;
    guint8 status;
    struct answer answer;
};

static void answer_late(gpointer user)
{
    struct late *late = user;
    send_answer(late->controller, late->known, late->opcode, late->status, &late->answer);
    g_free(late);
}

/* TRUE: that was all, nothing follows. */
static gboolean depart(struct scripted *controller, const struct scripted_rule *rule,
                       const struct known *known, guint16 opcode, guint8 status,
                       struct answer *answer)
{
    struct late late = {controller, known, opcode, status, *answer};
    guint8 credits = controller->credits;
    switch (rule->act) {
    case SCRIPTED_REFUSES:
        send_answer(controller, known, opcode, rule->status, &(struct answer){.size = 0});
        return TRUE;
    case SCRIPTED_IS_SILENT:
        return TRUE;
    case SCRIPTED_IS_LATE:
        beacon_clock_after(controller->clock, controller->late_us, answer_late,
                           g_memdup2(&late, sizeof late));
        return FALSE;
    case SCRIPTED_CONFUSES:
        send_answer(controller, known, (guint16)(opcode ^ 0x0100), status, answer);
        return FALSE;
    case SCRIPTED_HAS_NO_CREDIT:
        controller->credits = 0;
        send_answer(controller, known, opcode, status, answer);
        controller->credits = credits;
        return FALSE;
    case SCRIPTED_ANSWERS_SHORT:
        send_answer(controller, known, opcode, 0, &(struct answer){.size = 0});
        return FALSE;
    case SCRIPTED_CLOSES:
        scripted_close(controller);
        return TRUE;
    case SCRIPTED_VANISHES:
        scripted_vanish(controller);
        return TRUE;
    }
    return FALSE;
}

void scripted_wire_command(struct scripted *controller, const guint8 *packet, gsize size)
{
    guint16 opcode = get16(packet + 1);
    const struct known *known = find_known(opcode);
    const struct scripted_rule *rule = rule_for(controller, opcode);
    struct answer answer = {.size = 0};
    gboolean refused =
        rule != NULL && (rule->act == SCRIPTED_REFUSES || rule->act == SCRIPTED_CLOSES ||
                         rule->act == SCRIPTED_VANISHES || rule->act == SCRIPTED_IS_SILENT);
    guint8 status = refused ? rule->status : act(controller, known, packet + 4, size - 4, &answer);
    struct scripted_command command = {beacon_clock_monotonic_us(controller->clock), opcode, status,
                                       refused};
    g_array_append_val(controller->commands, command);
    if (!refused && status != 0)
        controller->refused++;
    if (status != 0 && answer.size > 2)
        answer.size = 0;
    if (rule != NULL) {
        if (depart(controller, rule, known, opcode, status, &answer))
            return;
    } else {
        send_answer(controller, known, opcode, status, &answer);
    }
    if (status == 0)
        follow_up(controller, opcode, packet + 4);
}

void scripted_wire_power_off(struct scripted *controller)
{
    do_reset(controller, NULL, NULL);
    controller->resets--;
}

void scripted_wire_stop_advertising(struct scripted *controller)
{
    set_advertising(controller, FALSE);
}

void scripted_deviate(struct scripted *controller, struct scripted_rule rule)
{
    rule.times = MAX(rule.times, 1);
    g_array_append_val(controller->rules, rule);
}

guint scripted_count(const struct scripted *controller, guint16 opcode)
{
    guint count = 0;
    for (guint i = 0; i < controller->commands->len; i++)
        count += g_array_index(controller->commands, struct scripted_command, i).opcode == opcode;
    return count;
}
