/* SPDX-License-Identifier: MIT */
/* Standard output of a door that goes on: nobody who reads it slowly holds the door up. */
#ifndef ENTRANCE_PATIENT_H
#define ENTRANCE_PATIENT_H

#include <glib.h>
#include <stdio.h>

struct patient;

/* on_broken: once, when nothing more can be written. */
struct patient *patient_new(void (*on_broken)(gpointer user), gpointer user);

/* The stream to write to: what is flushed at once goes out whole or is lost whole. Borrowed. */
FILE *patient_stream(struct patient *patient);

/* Writes what is left, for a second at most. FALSE, after a message, when something was lost. */
gboolean patient_free(struct patient *patient);

#endif
