/* SPDX-License-Identifier: MIT */
/* Who is about a node: which sightings are kept, and which encounters are over. In bounded memory.
 */
#include "node_contacts.h"

#include <sodium.h>
#include <string.h>

/* So many phones at once are believed; more identifiers are forged. */
enum { CONTACTS_MAX = 16384 };

struct contact {
    struct beacon_identifier identifier; /* the key */
    guint8 platform;
    gint64 last_ms, kept_ms;
    struct beacon_encounter_builder builder;
    GList link; /* in the order of hearing */
};

/* Identifiers may be forged, and chosen so that they would all have the same place in a table whose
 * hash is known. */
static unsigned char hash_key[crypto_shorthash_KEYBYTES];

static guint identifier_hash(gconstpointer key)
{
    unsigned char hash[crypto_shorthash_BYTES];
    guint number;

    crypto_shorthash(hash, key, sizeof(struct beacon_identifier), hash_key);
    memcpy(&number, hash, sizeof number);
    return number;
}

static gboolean identifier_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct beacon_identifier)) == 0;
}

void node_contacts_begin(struct node_contacts *contacts)
{
    static gsize has_key;

    if (g_once_init_enter(&has_key)) {
        randombytes_buf(hash_key, sizeof hash_key);
        g_once_init_leave(&has_key, 1);
    }
    contacts->by_identifier = g_hash_table_new(identifier_hash, identifier_equal);
    contacts->recent = (GQueue)G_QUEUE_INIT;
}

static void tell(struct node_contacts *contacts, const struct contact *contact,
                 const struct beacon_encounter *encounter)
{
    contacts->on_over(&contact->identifier, contact->platform, encounter, contacts->user);
}

static void forget(struct node_contacts *contacts, struct contact *contact)
{
    struct beacon_encounter encounter;

    if (beacon_encounter_end(&contact->builder, &encounter) == 1)
        tell(contacts, contact, &encounter);
    g_hash_table_remove(contacts->by_identifier, &contact->identifier);
    g_queue_unlink(&contacts->recent, &contact->link);
    sodium_memzero(contact, sizeof *contact);
    g_free(contact);
}

static struct contact *meet(struct node_contacts *contacts, const struct beacon_sighting *sighting)
{
    struct contact *contact;

    if (g_hash_table_size(contacts->by_identifier) >= CONTACTS_MAX)
        forget(contacts, g_queue_peek_head(&contacts->recent));
    contact = g_new0(struct contact, 1);
    contact->identifier = sighting->identifier;
    contact->kept_ms = sighting->time_ms - contacts->gap_ms;
    contact->link.data = contact;
    beacon_encounter_begin(&contact->builder, &contacts->rule);
    g_hash_table_add(contacts->by_identifier, contact);
    g_queue_push_tail_link(&contacts->recent, &contact->link);
    return contact;
}

bool node_contacts_note(struct node_contacts *contacts, const struct beacon_sighting *sighting)
{
    struct contact *contact = g_hash_table_lookup(contacts->by_identifier, &sighting->identifier);
    struct beacon_encounter encounter;

    if (contact == NULL)
        contact = meet(contacts, sighting);
    contact->platform = sighting->platform;
    contact->last_ms = sighting->time_ms;
    g_queue_unlink(&contacts->recent, &contact->link);
    g_queue_push_tail_link(&contacts->recent, &contact->link);
    if (sighting->time_ms - contact->kept_ms < contacts->gap_ms)
        return false;
    contact->kept_ms = sighting->time_ms;
    if (beacon_encounter_add(&contact->builder, sighting, &encounter) == 1)
        tell(contacts, contact, &encounter);
    return true;
}

void node_contacts_forget_gone(struct node_contacts *contacts, gint64 now_ms)
{
    const gint64 join_ms = contacts->rule.join_ms > 0 ? contacts->rule.join_ms : 600000;
    struct contact *contact;

    while ((contact = g_queue_peek_head(&contacts->recent)) != NULL &&
           now_ms - contact->last_ms > join_ms)
        forget(contacts, contact);
}

guint node_contacts_since(const struct node_contacts *contacts, gint64 since_ms)
{
    guint count = 0;

    for (const GList *link = contacts->recent.tail; link != NULL; link = link->prev, count++)
        if (((const struct contact *)link->data)->last_ms < since_ms)
            break;
    return count;
}

void node_contacts_end(struct node_contacts *contacts)
{
    while (!g_queue_is_empty(&contacts->recent))
        forget(contacts, g_queue_peek_head(&contacts->recent));
    g_clear_pointer(&contacts->by_identifier, g_hash_table_unref);
}
