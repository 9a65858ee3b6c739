/* SPDX-License-Identifier: MIT */
/* A passphrase, from a file or from a person at the terminal. */
#include "passphrase.h"

#include "command.h"
#include "files.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSPHRASE_MAX = 1024 };

static int refuse(const char *subject)
{
    say(_("%s: expected a passphrase: one line of 1 to %d bytes"), subject, PASSPHRASE_MAX - 2);
    return EXIT_INPUT;
}

/* Cuts the text after its first line, which must not be empty, nor hold a NUL. */
static bool cut_line(char *text, size_t length)
{
    size_t end = 0;

    while (end < length && text[end] != '\n' && text[end] != '\r' && text[end] != '\0')
        end++;
    if (end == 0 || end >= PASSPHRASE_MAX - 1 || (end < length && text[end] == '\0'))
        return false;
    sodium_memzero(text + end, PASSPHRASE_MAX - end);
    return true;
}

int passphrase_read(const char *path, char **ret_passphrase)
{
    char *text = secret_text_new(PASSPHRASE_MAX);
    size_t length;
    int code;

    if (text == NULL)
        return EXIT_IO;
    code = secret_file_read(path, text, PASSPHRASE_MAX, &length);
    if (code == EXIT_RAN && !cut_line(text, length))
        code = refuse(path);
    if (code == EXIT_RAN)
        *ret_passphrase = text;
    else
        sodium_free(text);
    return code;
}

/* ---- Asked for ---- */

static void put_words(int terminal, const char *words)
{
    if (write(terminal, words, strlen(words)) < 0) {
        /* Who cannot be asked will not answer. */
    }
}

static ssize_t read_silently(int terminal, char *text, size_t max)
{
    struct termios shown, silent;
    ssize_t count;

    if (tcgetattr(terminal, &shown) < 0)
        return -1;
    silent = shown;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* an end now would leave it silent */
    tcsetattr(terminal, TCSAFLUSH, &silent);
    do
        count = read(terminal, text, max);
    while (count < 0 && errno == EINTR);
    tcsetattr(terminal, TCSAFLUSH, &shown);
    put_words(terminal, "\n");
    return count;
}

/* Such as that of Ctrl-C, who wants to leave. */
static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (g_ascii_iscntrl(*text))
            return true;
    return false;
}

static int ask_once(int terminal, const char *question, char *text)
{
    ssize_t count;

    put_words(terminal, question);
    count = read_silently(terminal, text, PASSPHRASE_MAX);
    if (count < 0)
        return io_error("/dev/tty");
    return cut_line(text, (size_t)count) && !has_control(text) ? EXIT_RAN : refuse("/dev/tty");
}

static int ask_twice(int terminal, char *text)
{
    char *again = secret_text_new(PASSPHRASE_MAX);
    int code = again != NULL ? ask_once(terminal, _("The same again: "), again) : EXIT_IO;

    if (code == EXIT_RAN && strcmp(text, again) != 0) {
        say(_("the two passphrases differ"));
        code = EXIT_INPUT;
    }
    sodium_free(again);
    return code;
}

static int ask(int terminal, const char *subject, bool is_new, char *text)
{
    g_autofree char *question = g_strdup_printf(_("Passphrase of %s: "), subject);
    int code = ask_once(terminal, question, text);

    return code == EXIT_RAN && is_new ? ask_twice(terminal, text) : code;
}

int passphrase_ask(const char *subject, bool is_new, char **ret_passphrase)
{
    g_autofree char *safe = say_safe(subject);
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    char *text;
    int code;

    if (terminal < 0)
        return io_error("/dev/tty");
    text = secret_text_new(PASSPHRASE_MAX);
    code = text != NULL ? ask(terminal, safe, is_new, text) : EXIT_IO;
    close(terminal);
    if (code == EXIT_RAN)
        *ret_passphrase = text;
    else
        sodium_free(text);
    return code;
}
