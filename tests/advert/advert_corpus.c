/* SPDX-License-Identifier: MIT */
/* The fuzz corpus as a table of cases: each file's name begins with the kind it must be recognised
 * as, then ".cut" if its last structure is, then what is peculiar about it. */
#include <beacon/advert.h>

#include "advert/bytes.h"
#include "check_main.h"

#include <dirent.h>

static const char *const kinds[] = {
    [BEACON_ADVERT_OTHER] = "other",
    [BEACON_ADVERT_ANDROID] = "android",
    [BEACON_ADVERT_IPHONE_OPEN] = "iphone-open",
    [BEACON_ADVERT_IPHONE_BACKGROUND] = "iphone-background",
};

static struct bytes read_case(const char *name)
{
    uint8_t data[2048];
    char path[4096];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    ck_assert_uint_lt(size, sizeof(data));
    return bytes_copy(data, size);
}

static void judge_case(const char *name, unsigned int counts[4])
{
    struct bytes bytes = read_case(name);
    struct beacon_advert_info info;
    size_t length;

    beacon_advert_recognise(bytes.data, bytes.size, &info);
    length = strlen(kinds[info.kind]);
    ck_assert_msg(strncmp(name, kinds[info.kind], length) == 0 && name[length] == '.',
                  "%s recognised as %s", name, kinds[info.kind]);
    ck_assert_msg((strncmp(name + length, ".cut.", 5) == 0) == info.truncated, "%s: %s", name,
                  info.truncated ? "cut" : "not cut");
    counts[info.kind]++;
    bytes_free(&bytes);
}

START_TEST(every_case_is_what_its_name_says)
{
    DIR *folder = opendir(CORPUS);
    unsigned int counts[4] = {0};
    struct dirent *entry;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            judge_case(entry->d_name, counts);
    closedir(folder);
    ck_assert_uint_ge(counts[BEACON_ADVERT_OTHER], 80);
    ck_assert_uint_ge(counts[BEACON_ADVERT_ANDROID], 40);
    ck_assert_uint_ge(counts[BEACON_ADVERT_IPHONE_OPEN], 10);
    ck_assert_uint_ge(counts[BEACON_ADVERT_IPHONE_BACKGROUND], 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advert_corpus");
    TCase *tests = tcase_create("advert_corpus");

    tcase_add_test(tests, every_case_is_what_its_name_says);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
