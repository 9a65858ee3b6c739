/* SPDX-License-Identifier: MIT */
/* Reads the protocol's published vectors (tests/data/vectors.txt), line by line, for the tests that
 * follow them. */
#ifndef VECTORS_H
#define VECTORS_H

#include <beacon/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Days of the vectors' bases since 1970: 2020-08-08 for C and D; S may have any. */
#define VECTORS_BASE_DAY 18482

#define VECTORS_FIELDS_MAX 8

/* The fields of one line, separated by single spaces; they point into `line`. */
struct vector {
    char line[512];
    char *fields[VECTORS_FIELDS_MAX];
    size_t count;
};

/* The next line of kind `kind` ("KEY", "ID", …); false at the end. */
static inline bool vectors_next(FILE *file, const char *kind, struct vector *ret_vector)
{
    while (fgets(ret_vector->line, sizeof(ret_vector->line), file)) {
        char *rest = NULL;

        ret_vector->count = 0;
        for (char *field = strtok_r(ret_vector->line, " \n", &rest);
             field && ret_vector->count < VECTORS_FIELDS_MAX; field = strtok_r(NULL, " \n", &rest))
            ret_vector->fields[ret_vector->count++] = field;
        if (ret_vector->count > 0 && strcmp(ret_vector->fields[0], kind) == 0)
            return true;
    }
    return false;
}

/* The published daily key of a base and day, such as ("C", "13"); aborts if there is none. */
static inline struct beacon_daily_key vectors_key(const char *path, const char *name,
                                                  const char *day)
{
    FILE *file = fopen(path, "r");
    struct beacon_daily_key key;
    struct vector vector;

    while (file && vectors_next(file, "KEY", &vector)) {
        if (strcmp(vector.fields[1], name) != 0 || strcmp(vector.fields[2], day) != 0)
            continue;
        if (beacon_daily_key_from_hex(vector.fields[3], strlen(vector.fields[3]), &key) != 0)
            abort();
        fclose(file);
        return key;
    }
    fprintf(stderr, "%s: no key %s of day %s\n", path, name, day);
    abort();
}

#endif
