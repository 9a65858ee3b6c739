/* SPDX-License-Identifier: MIT */
/* Who is about a node: which sightings are kept, and which encounters are over. In bounded memory.
 */
#ifndef TOOL_NODE_CONTACTS_H
#define TOOL_NODE_CONTACTS_H

#include <beacon/encounter.h>

#include <glib.h>
#include <stdbool.h>

struct node_contacts {
    struct beacon_encounter_rule rule;
    gint64 gap_ms; /* of an identifier no more than one in this time is kept */
    /* An encounter is over; its times are those of the sightings. */
    void (*on_over)(const struct beacon_identifier *identifier, guint8 platform,
                    const struct beacon_encounter *encounter, void *user);
    void *user;

    GHashTable *by_identifier; /* struct contact */
    GQueue recent;             /* the same, least recently heard first */
};

/* Takes rule, on_over and user as they are set. */
void node_contacts_begin(struct node_contacts *contacts);

/*
 * Takes a sighting down. Says whether it is to be kept: not within the gap of the last one
 * that was. Time goes on by itself here, whatever is done to the wall
 * clock: `sighting->time_ms` is monotonic.
 */
bool node_contacts_note(struct node_contacts *contacts, const struct beacon_sighting *sighting);

/* Ends the encounters of those who have not been heard for too long to be joined. */
void node_contacts_forget_gone(struct node_contacts *contacts, gint64 now_ms);

/* How many were heard since then. */
guint node_contacts_since(const struct node_contacts *contacts, gint64 since_ms);

/* Ends all encounters, and frees. */
void node_contacts_end(struct node_contacts *contacts);

#endif
