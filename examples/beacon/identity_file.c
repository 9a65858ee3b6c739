/* SPDX-License-Identifier: MIT */
/* The file an identity is kept in: read with suspicion, written whole or not at all. */
#include "identity_file.h"

#include "command.h"
#include "file_write.h"
#include "files.h"
#include "text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <unistd.h>

static int parse_text(const char *path, const char *text, size_t length,
                      beacon_identity **ret_identity)
{
    int error = length < BEACON_IDENTITY_TEXT_MAX
                    ? beacon_identity_from_text(text, length, ret_identity)
                    : BEACON_EFORMAT;

    if (error == 0)
        return EXIT_RAN;
    say(_("%s: not an identity file: %s"), path, error_text(error));
    return error == BEACON_ENOMEM ? EXIT_IO : EXIT_INPUT;
}

int identity_file_load(const char *path, beacon_identity **ret_identity)
{
    char *text = secret_text_new(BEACON_IDENTITY_TEXT_MAX);
    size_t length;
    int code;

    if (text == NULL)
        return EXIT_IO;
    code = secret_file_read(path, text, BEACON_IDENTITY_TEXT_MAX, &length);
    if (code == EXIT_RAN)
        code = parse_text(path, text, length, ret_identity);
    sodium_free(text);
    return code;
}

static int fill_identity(FILE *stream, const char *path, const void *user)
{
    const beacon_identity *identity = user;
    char *text = secret_text_new(BEACON_IDENTITY_TEXT_MAX);
    size_t length;
    int code = EXIT_RAN;

    if (text == NULL)
        return EXIT_IO;
    setvbuf(stream, NULL, _IONBF, 0); /* no copy in memory that nobody wipes */
    beacon_identity_to_text(identity, text, &length);
    if (fwrite(text, 1, length, stream) != length)
        code = io_error(path);
    sodium_free(text);
    return code;
}

int identity_file_create(const char *path, const beacon_identity *identity)
{
    return secret_file_write(path, false, fill_identity, identity);
}

int identity_file_replace(const char *path, const beacon_identity *identity)
{
    return secret_file_write(path, true, fill_identity, identity);
}

int identity_file_rename(const char *path, const char *new_path)
{
    return g_rename(path, new_path) == 0 ? sync_directory(new_path) : io_error(path);
}

int identity_file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? sync_directory(path) : io_error(path);
}

int identity_compare(const beacon_identity *a, const beacon_identity *b, bool *ret_is_same)
{
    char *text_a = secret_text_new(BEACON_IDENTITY_TEXT_MAX),
         *text_b = secret_text_new(BEACON_IDENTITY_TEXT_MAX);
    int code = EXIT_IO;

    if (text_a != NULL && text_b != NULL) {
        size_t length_a, length_b;

        beacon_identity_to_text(a, text_a, &length_a);
        beacon_identity_to_text(b, text_b, &length_b);
        *ret_is_same = length_a == length_b && sodium_memcmp(text_a, text_b, length_a) == 0;
        code = EXIT_RAN;
    }
    sodium_free(text_a);
    sodium_free(text_b);
    return code;
}
