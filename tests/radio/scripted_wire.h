/* SPDX-License-Identifier: MIT */
/* What the two halves of the scripted controller know of each other. */
#ifndef RADIO_SCRIPTED_WIRE_H
#define RADIO_SCRIPTED_WIRE_H

#include "radio/scripted.h"

/* scripted.c: one command packet, whole, type byte first. */
void scripted_wire_command(struct scripted *controller, const guint8 *packet, gsize size);
void scripted_wire_power_off(struct scripted *controller);
void scripted_wire_stop_advertising(struct scripted *controller);

/* scripted_wire.c: Connection Complete with an error. */
void scripted_wire_not_connected(struct scripted *controller, guint8 status);

#endif
