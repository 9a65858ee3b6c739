/* SPDX-License-Identifier: MIT */
/* The door on a terminal: keys become actions, and what has changed is drawn. */
#include "screen.h"

#include "say.h"
#include "screen_draw.h"
#include "zone.h"

#include <glib-unix.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define MESSAGE_S 4
#define TYPED_MAX 3

struct screen {
    struct door *door;
    struct screen_options options;
    GTimeZone *zone;
    guint watch;
    int descriptor;        /* ours alone, so that it may be told not to wait */
    gboolean is_borrowed;  /* no: standard output, where it could not be opened anew */
    struct termios before; /* how the terminal was */
    gboolean has_before;
    struct screen_look look;
    char **shown;      /* the lines that stand there; NULL: unknown, all is drawn */
    GString *waiting;  /* what is not written yet */
    gboolean is_stale; /* something has changed meanwhile */
    guint input, output, resize, forget; /* sources */
    enum screen_prompt prompt;
    char typed[TYPED_MAX + 1];
    char *message;
    enum door_phase phase; /* the last that was drawn, for the bell */
};

gboolean screen_is_possible(void)
{
    const char *terminal = getenv("TERM");

    return terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0 &&
           isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/* ---- What the terminal can do ---- */

static enum screen_colours colours_of_terminal(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    const char *more = getenv("COLORTERM");

    if ((no_colour != NULL && *no_colour != '\0') || g_str_has_prefix(terminal, "vt"))
        return SCREEN_NO_COLOURS;
    return strstr(terminal, "256color") != NULL || (more != NULL && *more != '\0')
               ? SCREEN_COLOURS_256
               : SCREEN_COLOURS_8;
}

static void read_size(struct screen *screen)
{
    struct winsize size = {0};

    /* A serial line does not say. */
    if (ioctl(screen->descriptor, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    screen->look.lines = size.ws_row;
    screen->look.columns = size.ws_col;
}

/* ---- Writing ---- */

/* Until it is all written, or the terminal takes no more. */
static void drain(struct screen *screen)
{
    while (screen->waiting->len > 0) {
        ssize_t count =
            write(screen->descriptor, screen->waiting->str, MIN(screen->waiting->len, 512));

        if (count > 0)
            g_string_erase(screen->waiting, 0, count);
        else if (errno != EINTR)
            return;
    }
}

static void draw(struct screen *screen);

static gboolean on_writable(gint descriptor, GIOCondition condition, gpointer user)
{
    struct screen *screen = user;

    (void)descriptor, (void)condition;
    drain(screen);
    if (screen->waiting->len > 0)
        return G_SOURCE_CONTINUE;
    screen->output = 0;
    if (screen->is_stale)
        draw(screen);
    return G_SOURCE_REMOVE;
}

static void flush(struct screen *screen)
{
    drain(screen);
    if (screen->waiting->len > 0 && screen->output == 0)
        screen->output = g_unix_fd_add(screen->descriptor, G_IO_OUT, on_writable, screen);
}

/* Only lines that differ: a serial line has a thousand letters a second. */
static void put_lines(struct screen *screen, char **lines)
{
    gboolean is_all = screen->shown == NULL;
    guint count = g_strv_length(lines);

    if (is_all)
        g_string_append(screen->waiting, "\033[0m\033[2J");
    for (guint i = 0; i < count; i++)
        if (is_all || i >= g_strv_length(screen->shown) || strcmp(lines[i], screen->shown[i]) != 0)
            g_string_append_printf(screen->waiting, "\033[%u;1H%s\033[K", i + 1, lines[i]);
    if (!is_all && g_strv_length(screen->shown) > count)
        g_string_append_printf(screen->waiting, "\033[%u;1H\033[J", count + 1);
    g_strfreev(screen->shown);
    screen->shown = lines;
}

static void ring(struct screen *screen, enum door_phase phase)
{
    if (phase == DOOR_SHOWING && screen->phase != DOOR_SHOWING && screen->options.has_bell)
        g_string_append_c(screen->waiting, '\a');
    screen->phase = phase;
}

/* What is still being written is not overtaken: the latest is drawn when it is out. */
static void draw(struct screen *screen)
{
    const struct door_view *view = door_view(screen->door);
    g_autofree char *clock = zone_text(screen->zone, view->time_ms, "%H:%M");
    const struct screen_face face = {.view = view,
                                     .clock_text = clock,
                                     .message = screen->message,
                                     .prompt = screen->prompt,
                                     .typed = screen->typed};

    screen->is_stale = screen->waiting->len > 0;
    if (screen->is_stale)
        return;
    ring(screen, view->phase);
    put_lines(screen, screen_draw(&screen->look, &face));
    flush(screen);
}

static void on_change(struct door *door, gpointer user)
{
    (void)door;
    draw(user);
}

static gboolean on_resize(gpointer user)
{
    struct screen *screen = user;

    read_size(screen);
    g_clear_pointer(&screen->shown, g_strfreev);
    draw(screen);
    return G_SOURCE_CONTINUE;
}

/* ---- What came of a key ---- */

static gboolean on_forget(gpointer user)
{
    struct screen *screen = user;

    screen->forget = 0;
    g_clear_pointer(&screen->message, g_free);
    draw(screen);
    return G_SOURCE_REMOVE;
}

static void tell(struct screen *screen, const char *text)
{
    g_free(screen->message);
    screen->message = g_strdup(text);
    if (screen->forget != 0)
        g_source_remove(screen->forget);
    screen->forget = g_timeout_add_seconds(MESSAGE_S, on_forget, screen);
}

static void act(struct screen *screen, const struct door_action *action, const char *done)
{
    g_autoptr(GError) error = NULL;

    if (!door_act(screen->door, action, &error))
        tell(screen, error->message);
    else if (done != NULL)
        tell(screen, done);
}

static void simply(struct screen *screen, enum door_do what, const char *done)
{
    const struct door_action action = {.act = what};

    act(screen, &action, done);
}

/* ---- About the person ---- */

static gboolean is_checking(const struct door_view *view)
{
    return view->phase == DOOR_LISTENING || view->phase == DOOR_ASKING ||
           view->phase == DOOR_OPENED;
}

static void amend(struct screen *screen, const struct door_note *note)
{
    const struct door_view *view = door_view(screen->door);
    const struct door_action action = {
        .act = DOOR_DO_AMEND, .row = is_checking(view) ? 0 : view->last_row, .note = *note};

    act(screen, &action, NULL);
}

/* Of the check under way or the last row; when there is none, one person more. */
static void note_or_add(struct screen *screen, const struct door_note *note)
{
    const struct door_view *view = door_view(screen->door);
    const struct door_action add = {.act = DOOR_DO_BY_HAND, .note = *note, .count = 1};

    if (is_checking(view) || view->last_row != 0)
        amend(screen, note);
    else
        act(screen, &add, _("one person more, not checked"));
}

static void toggle_exempt(struct screen *screen)
{
    struct door_note note = door_view(screen->door)->note;

    note.exempt = !note.exempt;
    if (note.exempt)
        note.installed = INSTALLED_UNKNOWN;
    note_or_add(screen, &note);
}

static void toggle_declined(struct screen *screen)
{
    struct door_note note = door_view(screen->door)->note;

    note.declined = !note.declined;
    note_or_add(screen, &note);
}

static void turn_installed(struct screen *screen)
{
    struct door_note note = door_view(screen->door)->note;

    note.installed = note.installed == INSTALLED_NO ? INSTALLED_UNKNOWN : note.installed + 1;
    note.installed_seen = note.installed != INSTALLED_UNKNOWN;
    amend(screen, &note);
}

static void toggle_told(struct screen *screen)
{
    struct door_note note = door_view(screen->door)->note;

    note.told = !note.told;
    amend(screen, &note);
}

/* ---- How it goes on ---- */

static void turn_person(struct screen *screen)
{
    const struct door_action action = {
        .act = DOOR_DO_PERSON,
        .person = door_view(screen->door)->person == PERSON_STAFF ? PERSON_VISITOR : PERSON_STAFF};

    act(screen, &action, NULL);
}

static void turn_direction(struct screen *screen)
{
    const struct door_action action = {
        .act = DOOR_DO_DIRECTION,
        .direction =
            door_view(screen->door)->direction == DIRECTION_IN ? DIRECTION_OUT : DIRECTION_IN};

    act(screen, &action, NULL);
}

static void turn_mode(struct screen *screen)
{
    const struct door_action action = {
        .act = DOOR_DO_MODE,
        .mode = (enum check_mode)((door_view(screen->door)->mode + 1) % MODES)};

    act(screen, &action, NULL);
}

/* ---- Keys ---- */

static void ask(struct screen *screen, enum screen_prompt prompt)
{
    screen->prompt = prompt;
    screen->typed[0] = '\0';
}

static void on_count_key(struct screen *screen, char key)
{
    gsize length = strlen(screen->typed);
    struct door_action action = {.act = DOOR_DO_BY_HAND};

    if (g_ascii_isdigit(key) && length < TYPED_MAX) {
        screen->typed[length] = key;
        screen->typed[length + 1] = '\0';
    } else if ((key == 0x7f || key == '\b') && length > 0) {
        screen->typed[length - 1] = '\0';
    } else if (key == '\r' || key == '\n') {
        action.count = (guint)strtoul(screen->typed, NULL, 10);
        ask(screen, SCREEN_NO_PROMPT);
        act(screen, &action, _("counted by hand"));
    } else if (key == '\033' || key == 'q') {
        ask(screen, SCREEN_NO_PROMPT);
    }
}

/* "c" is có, "k" is không. */
static void on_quit_key(struct screen *screen, char key)
{
    ask(screen, SCREEN_NO_PROMPT);
    if (strchr("yYcCqQ", key) != NULL && screen->options.on_quit != NULL)
        screen->options.on_quit(screen->options.user);
}

static void on_calibration_key(struct screen *screen, char key)
{
    if (key == '\r' || key == '\n' || key == ' ')
        simply(screen, DOOR_DO_NEXT_STEP, NULL);
    else if (key == 'k')
        simply(screen, DOOR_DO_SKIP_STEPS, NULL);
    else if (key == '\033')
        simply(screen, DOOR_DO_STOP_CALIBRATING, _("calibration stopped: the last one stays"));
    else if (key == 'q')
        ask(screen, SCREEN_QUIT);
}

static void on_check_key(struct screen *screen, char key)
{
    switch (key) {
    case ' ':
    case '\r':
    case '\n':
        simply(screen, DOOR_DO_BEGIN, NULL);
        break;
    case 'o':
        simply(screen, DOOR_DO_OPENED, NULL);
        break;
    case 'l':
        simply(screen, DOOR_DO_LATER, NULL);
        break;
    case 'u':
        simply(screen, DOOR_DO_UNDO, _("undone"));
        break;
    case 'h':
        ask(screen, SCREEN_COUNT);
        break;
    case 'e':
        toggle_exempt(screen);
        break;
    case 'd':
        toggle_declined(screen);
        break;
    case 'i':
        turn_installed(screen);
        break;
    case 't':
        toggle_told(screen);
        break;
    case 'p':
        turn_person(screen);
        break;
    case 'r':
        turn_direction(screen);
        break;
    case 'm':
        turn_mode(screen);
        break;
    case 'c':
        simply(screen, DOOR_DO_CALIBRATE, NULL);
        break;
    case '?':
        ask(screen, SCREEN_HELP);
        break;
    case 'q':
        ask(screen, SCREEN_QUIT);
        break;
    default:
        break;
    }
}

static void on_key(struct screen *screen, char key)
{
    if (screen->prompt == SCREEN_COUNT)
        on_count_key(screen, key);
    else if (screen->prompt == SCREEN_QUIT)
        on_quit_key(screen, key);
    else if (screen->prompt == SCREEN_HELP)
        ask(screen, SCREEN_NO_PROMPT);
    else if (door_view(screen->door)->phase == DOOR_CALIBRATING)
        on_calibration_key(screen, key);
    else
        on_check_key(screen, key);
}

/* A key that sends an escape sequence (an arrow, F1) is none of ours, and not Escape. */
static gsize skip_sequence(const char *bytes, gsize count)
{
    gsize length = 2;

    if (count < 2 || (bytes[1] != '[' && bytes[1] != 'O'))
        return 0;
    while (length < count && !g_ascii_isalpha(bytes[length]) && bytes[length] != '~')
        length++;
    return MIN(length + 1, count);
}

static gboolean on_input(gint descriptor, GIOCondition condition, gpointer user)
{
    struct screen *screen = user;
    char bytes[64];
    ssize_t count = read(descriptor, bytes, sizeof bytes);

    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) ||
        (condition & (G_IO_HUP | G_IO_ERR)) != 0) {
        screen->input = 0; /* the terminal is gone; a hangup ends the program by itself */
        return G_SOURCE_REMOVE;
    }
    for (gsize i = 0; count > 0 && i < (gsize)count;) {
        gsize skipped = bytes[i] == '\033' ? skip_sequence(bytes + i, (gsize)count - i) : 0;

        if (skipped == 0)
            on_key(screen, bytes[i]);
        i += MAX(skipped, 1);
    }
    draw(screen);
    return G_SOURCE_CONTINUE;
}

/* ---- Begin and end ---- */

/* Keys as they are pressed, not shown; Ctrl-C still ends us, nothing stops the screen. */
static void take_terminal(struct screen *screen)
{
    struct termios raw;

    screen->has_before = tcgetattr(screen->descriptor, &screen->before) == 0;
    if (!screen->has_before)
        return;
    raw = screen->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(screen->descriptor, TCSANOW, &raw);
}

static void open_terminal(struct screen *screen)
{
    const char *name = ttyname(STDOUT_FILENO);

    screen->descriptor = name != NULL ? open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
    screen->is_borrowed = screen->descriptor < 0;
    if (screen->is_borrowed)
        screen->descriptor = STDOUT_FILENO;
}

struct screen *screen_new(struct door *door, const struct screen_options *options)
{
    struct screen *screen = g_new0(struct screen, 1);

    screen->door = door;
    screen->options = *options;
    screen->zone = zone_new(options->timezone);
    screen->look.language = options->language;
    screen->look.colours = colours_of_terminal();
    screen->look.is_utf8 = g_get_charset(NULL);
    screen->waiting = g_string_new("\033[?1049h\033[?25l"); /* another page, no cursor */
    open_terminal(screen);
    take_terminal(screen);
    read_size(screen);
    screen->phase = door_view(door)->phase;
    screen->watch = door_watch(door, on_change, screen);
    screen->input = g_unix_fd_add(screen->is_borrowed ? STDIN_FILENO : screen->descriptor, G_IO_IN,
                                  on_input, screen);
    screen->resize = g_unix_signal_add(SIGWINCH, on_resize, screen);
    flush(screen);
    draw(screen);
    return screen;
}

static void remove_source(guint source)
{
    if (source != 0)
        g_source_remove(source);
}

struct screen *screen_free(struct screen *screen)
{
    if (screen == NULL)
        return NULL;
    door_unwatch(screen->door, screen->watch);
    remove_source(screen->input);
    remove_source(screen->output);
    remove_source(screen->resize);
    remove_source(screen->forget);
    /* What was not written stays so: the terminal may be stopped. */
    g_string_assign(screen->waiting, "\033[0m\033[?25h\033[?1049l");
    drain(screen);
    if (screen->has_before)
        tcsetattr(screen->descriptor, TCSANOW, &screen->before);
    if (!screen->is_borrowed)
        close(screen->descriptor);
    g_string_free(screen->waiting, TRUE);
    g_time_zone_unref(screen->zone);
    g_strfreev(screen->shown);
    g_free(screen->message);
    g_free(screen);
    return NULL;
}
