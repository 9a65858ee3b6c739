/* SPDX-License-Identifier: MIT */
/* The body of an action: one flat JSON object, of fields that are known, each once and of its
 * type; everything else is refused, and said. */
#include "web_parts.h"

#include "say.h"

#include <sodium.h>
#include <yajl/yajl_parse.h>

#include <string.h>

enum { FIELDS = 12, TEXT_MAX = 40 };

enum kind { KIND_TEXT, KIND_NUMBER, KIND_BOOLEAN };

struct field {
    char name[TEXT_MAX + 1];
    enum kind kind;
    char text[TEXT_MAX + 1];
    gint64 number;
    gboolean is_taken;
};

/* An object as it stands. */
struct object {
    struct field fields[FIELDS];
    guint count;
    gboolean is_open, is_closed;
    GError **error;
};

static int refuse(struct object *object, const char *why)
{
    if (*object->error == NULL)
        g_set_error_literal(object->error, WEB_ERROR, WEB_ERROR_INPUT, why);
    return 0;
}

/* A text without NUL, which would end it before its end. */
static gboolean take_text(char *ret_text, const unsigned char *bytes, gsize size)
{
    if (size > TEXT_MAX || memchr(bytes, '\0', size) != NULL)
        return FALSE;
    memcpy(ret_text, bytes, size);
    ret_text[size] = '\0';
    return TRUE;
}

static struct field *find(struct object *object, const char *name)
{
    for (guint i = 0; i < object->count; i++)
        if (strcmp(object->fields[i].name, name) == 0)
            return &object->fields[i];
    return NULL;
}

static int on_key(void *user, const unsigned char *bytes, size_t size)
{
    struct object *object = user;
    char name[TEXT_MAX + 1];

    if (object->count == FIELDS || !take_text(name, bytes, size))
        return refuse(object, _("a field that is not known"));
    if (find(object, name) != NULL)
        return refuse(object, _("a field that is there twice"));
    memcpy(object->fields[object->count++].name, name, sizeof name);
    return 1;
}

/* That of the key just read. */
static struct field *last(struct object *object, enum kind kind)
{
    struct field *field = &object->fields[object->count - 1];

    field->kind = kind;
    return field;
}

static int on_text(void *user, const unsigned char *bytes, size_t size)
{
    struct object *object = user;

    if (object->count == 0 || !take_text(last(object, KIND_TEXT)->text, bytes, size))
        return refuse(object, _("a text that is too long"));
    return 1;
}

static int on_integer(void *user, long long value)
{
    struct object *object = user;

    if (object->count == 0)
        return refuse(object, _("an object was expected"));
    last(object, KIND_NUMBER)->number = value;
    return 1;
}

static int on_boolean(void *user, int value)
{
    struct object *object = user;

    if (object->count == 0)
        return refuse(object, _("an object was expected"));
    last(object, KIND_BOOLEAN)->number = value;
    return 1;
}

static int on_open(void *user)
{
    struct object *object = user;

    if (object->is_open)
        return refuse(object, _("an object within the object"));
    object->is_open = TRUE;
    return 1;
}

static int on_close(void *user)
{
    struct object *object = user;

    object->is_closed = TRUE;
    return 1;
}

static int on_other(void *user)
{
    return refuse(user, _("texts, whole numbers, true and false were expected"));
}

static int on_fraction(void *user, double value)
{
    (void)value;
    return on_other(user);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_other,
    .yajl_boolean = on_boolean,
    .yajl_integer = on_integer,
    .yajl_double = on_fraction,
    .yajl_string = on_text,
    .yajl_start_map = on_open,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close,
    .yajl_start_array = on_other,
    .yajl_end_array = on_other,
};

static gboolean read_object(const char *body, gsize size, struct object *object)
{
    yajl_handle parser = yajl_alloc(&callbacks, NULL, object);
    gboolean sound = size <= BODY_MAX &&
                     yajl_parse(parser, (const unsigned char *)body, size) == yajl_status_ok &&
                     yajl_complete_parse(parser) == yajl_status_ok && object->is_closed;

    yajl_free(parser);
    return sound || refuse(object, _("not a JSON object of 1024 bytes at most"));
}

/* ---- Fields ---- */

static struct field *take(struct object *object, const char *name, enum kind kind)
{
    struct field *field = find(object, name);

    if (field == NULL)
        return NULL;
    field->is_taken = TRUE;
    if (field->kind == kind)
        return field;
    if (*object->error == NULL)
        g_set_error(object->error, WEB_ERROR, WEB_ERROR_INPUT, _("\"%s\" is of another type"),
                    name);
    return NULL;
}

static gboolean missing(struct object *object, const char *name)
{
    if (*object->error == NULL)
        g_set_error(object->error, WEB_ERROR, WEB_ERROR_INPUT,
                    _("\"%s\" is missing, or not one of its values"), name);
    return FALSE;
}

static gboolean take_number(struct object *object, const char *name, gint64 low, gint64 high,
                            gint64 *ret_number)
{
    struct field *field = take(object, name, KIND_NUMBER);

    if (field == NULL || field->number < low || field->number > high)
        return missing(object, name);
    *ret_number = field->number;
    return TRUE;
}

static gboolean take_flag(struct object *object, const char *name)
{
    struct field *field = take(object, name, KIND_BOOLEAN);

    return field != NULL && field->number != 0;
}

/* One of words that are counted from 0. */
static gboolean take_word(struct object *object, const char *name, guint count,
                          const char *(*word)(guint), guint *ret_word)
{
    struct field *field = take(object, name, KIND_TEXT);

    for (guint i = 0; field != NULL && i < count; i++)
        if (strcmp(field->text, word(i)) == 0) {
            *ret_word = i;
            return TRUE;
        }
    return missing(object, name);
}

static const char *installed_word(guint i)
{
    return words_installed_name((enum installed)i);
}

static const char *person_word(guint i)
{
    return words_person_name((enum person)i);
}

static const char *direction_word(guint i)
{
    return words_direction_name((enum direction)i);
}

static const char *mode_word(guint i)
{
    return words_mode_name((enum check_mode)i);
}

static const char *act_word(guint i)
{
    static const char *const names[] = {
        [DOOR_DO_BEGIN] = "begin",
        [DOOR_DO_OPENED] = "opened",
        [DOOR_DO_LATER] = "later",
        [DOOR_DO_UNDO] = "undo",
        [DOOR_DO_AMEND] = "amend",
        [DOOR_DO_BY_HAND] = "by_hand",
        [DOOR_DO_PERSON] = "person",
        [DOOR_DO_DIRECTION] = "direction",
        [DOOR_DO_MODE] = "mode",
        [DOOR_DO_CALIBRATE] = "calibrate",
        [DOOR_DO_NEXT_STEP] = "next_step",
        [DOOR_DO_SKIP_STEPS] = "skip_steps",
        [DOOR_DO_STOP_CALIBRATING] = "stop_calibrating",
    };
    return names[i];
}

static gboolean take_note(struct object *object, struct door_note *note)
{
    guint installed = INSTALLED_UNKNOWN;

    if (!take_word(object, "installed", INSTALLED_NO + 1, installed_word, &installed))
        return FALSE;
    note->installed = (enum installed)installed;
    note->installed_seen = take_flag(object, "installed_seen");
    note->told = take_flag(object, "told");
    note->helped = take_flag(object, "helped");
    note->exempt = take_flag(object, "exempt");
    note->declined = take_flag(object, "declined");
    return TRUE;
}

static gboolean take_by_hand(struct object *object, struct door_action *action)
{
    gint64 count;

    if (!take_number(object, "count", 1, 999, &count))
        return FALSE;
    action->count = (guint)count;
    return take_note(object, &action->note);
}

/* What belongs to the act. */
static gboolean take_rest(struct object *object, struct door_action *action)
{
    guint word;

    switch (action->act) {
    case DOOR_DO_UNDO:
        return take_number(object, "row", 1, G_MAXINT64, &action->row);
    case DOOR_DO_AMEND:
        return take_number(object, "row", 0, G_MAXINT64, &action->row) &&
               take_note(object, &action->note);
    case DOOR_DO_BY_HAND:
        return take_by_hand(object, action);
    case DOOR_DO_PERSON:
        if (!take_word(object, "person", PERSON_VISITOR + 1, person_word, &word))
            return FALSE;
        action->person = (enum person)word;
        return TRUE;
    case DOOR_DO_DIRECTION:
        if (!take_word(object, "direction", DIRECTION_OUT + 1, direction_word, &word))
            return FALSE;
        action->direction = (enum direction)word;
        return TRUE;
    case DOOR_DO_MODE:
        if (!take_word(object, "mode", MODES, mode_word, &word))
            return FALSE;
        action->mode = (enum check_mode)word;
        return TRUE;
    default:
        return TRUE;
    }
}

static gboolean all_taken(struct object *object)
{
    for (guint i = 0; i < object->count; i++)
        if (!object->fields[i].is_taken)
            return refuse(object, _("a field that is not known"));
    return *object->error == NULL;
}

gboolean web_action_parse(const char *body, gsize size, struct door_action *ret_action,
                          GError **error)
{
    GError *cause = NULL;
    struct object object = {.error = &cause};
    struct door_action action = {0};
    guint act;

    if (read_object(body, size, &object) &&
        take_word(&object, "act", DOOR_DO_STOP_CALIBRATING + 1, act_word, &act)) {
        action.act = (enum door_do)act;
        if (take_rest(&object, &action) && all_taken(&object)) {
            *ret_action = action;
            return TRUE;
        }
    }
    g_propagate_error(error, cause);
    return FALSE;
}

char *web_pin_parse(const char *body, gsize size, GError **error)
{
    GError *cause = NULL;
    struct object object = {.error = &cause};
    struct field *pin;
    char *result = NULL;

    if (read_object(body, size, &object)) {
        pin = take(&object, "pin", KIND_TEXT);
        if (pin == NULL)
            missing(&object, "pin");
        else if (all_taken(&object))
            result = g_strdup(pin->text);
    }
    sodium_memzero(&object.fields, sizeof object.fields);
    if (cause != NULL)
        g_propagate_error(error, cause);
    return result;
}
