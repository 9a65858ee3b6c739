/* SPDX-License-Identifier: MIT */
/* Key bundles: written and read back, the bytes as documented, and no damage that goes unseen. */
#define _GNU_SOURCE /* fopencookie */
#include <beacon/bundle.h>

#include "check_main.h"
#include "size.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CREATED INT64_C(1596844800)
#define EXPIRES INT64_C(1598054400)
#define RECORDS 3
#define SIZE                                                                                       \
    (BEACON_BUNDLE_HEADER_SIZE + RECORDS * BEACON_BUNDLE_RECORD_SIZE + BEACON_BUNDLE_TRAILER_SIZE)

/* Stands before libsodium's own: counts, or says that it cannot. */
int __real_sodium_init(void);
int __wrap_sodium_init(void);
static int sodium_inits, sodium_answer;

int __wrap_sodium_init(void)
{
    sodium_inits++;
    return sodium_answer < 0 ? sodium_answer : __real_sodium_init();
}

static const struct beacon_signing_key signing_key = {{1, 2, 3}};

static struct beacon_published_key key_number(unsigned int number)
{
    struct beacon_published_key key = {.slots_per_day = 96,
                                       .start_ms = CREATED * 1000 + number,
                                       .end_ms = CREATED * 1000 + BEACON_DAY_MS};

    memset(key.daily_key.bytes, (int)number + 1, sizeof(key.daily_key.bytes));
    return key;
}

static struct beacon_bundle_info info_of(uint64_t records)
{
    struct beacon_bundle_info info = {
        .records = records, .created_s = CREATED, .expires_s = EXPIRES, .region = "VN-KG"};

    return info;
}

/* A bundle of RECORDS keys in a buffer of exactly SIZE bytes. */
static uint8_t *make_bundle(const struct beacon_signing_key *key)
{
    struct beacon_bundle_info info = info_of(RECORDS);
    struct beacon_published_key keys[RECORDS];
    uint8_t *bytes = malloc(SIZE);
    FILE *file = tmpfile();
    beacon_bundle_writer *writer;

    ck_assert(bytes && file);
    for (unsigned int i = 0; i < RECORDS; i++)
        keys[i] = key_number(i);
    writer = beacon_bundle_create(file, "test", &info, key, NULL);
    ck_assert_ptr_nonnull(writer);
    ck_assert(beacon_bundle_add(writer, keys, 1, NULL));
    ck_assert(beacon_bundle_add(writer, keys + 1, RECORDS - 1, NULL));
    ck_assert(beacon_bundle_close(writer, NULL));
    ck_assert_int_eq(ftell(file), SIZE);
    rewind(file);
    ck_assert_uint_eq(fread(bytes, 1, SIZE, file), SIZE);
    fclose(file);
    return bytes;
}

static FILE *file_of(const uint8_t *bytes, size_t size)
{
    FILE *file = tmpfile();

    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    rewind(file);
    return file;
}

/* Reads a whole bundle as a program would; the number of records, or -1 and the message in
 * `message`. */
static int read_bundle(const uint8_t *bytes, size_t size, const struct beacon_public_key *required,
                       int64_t now_s, char message[512])
{
    struct beacon_published_key keys[2];
    FILE *file = file_of(bytes, size);
    beacon_bundle_reader *reader;
    GError *error = NULL;
    int records = 0;
    gssize count;

    message[0] = '\0';
    reader = beacon_bundle_open(file, "B", &error);
    if (reader) {
        while ((count = beacon_bundle_next(reader, keys, 2, &error)) > 0)
            records += (int)count;
        if (count < 0 || !beacon_bundle_finish(reader, required, now_s, &error))
            records = -1;
        beacon_bundle_free(reader);
    }
    if (error) {
        ck_assert(error->domain == BEACON_EXCHANGE_ERROR);
        g_strlcpy(message, error->message, 512);
        g_error_free(error);
        records = -1;
    }
    fclose(file);
    return records;
}

START_TEST(what_is_written_is_read)
{
    uint8_t *bytes = make_bundle(_i ? &signing_key : NULL);
    FILE *file = file_of(bytes, SIZE);
    beacon_bundle_reader *reader = beacon_bundle_open(file, "B", NULL);
    const struct beacon_bundle_info *info = beacon_bundle_info(reader);
    struct beacon_published_key keys[RECORDS + 5];
    struct beacon_public_key public_key;

    beacon_signing_key_public(&signing_key, &public_key);
    ck_assert_uint_eq(info->records, RECORDS);
    ck_assert_int_eq(info->created_s, CREATED);
    ck_assert_int_eq(info->expires_s, EXPIRES);
    ck_assert_str_eq(info->region, "VN-KG");
    ck_assert_int_eq(info->is_signed, _i);
    ck_assert_int_eq(beacon_bundle_next(reader, keys, RECORDS + 5, NULL), RECORDS);
    for (unsigned int i = 0; i < RECORDS; i++) {
        struct beacon_published_key expected = key_number(i);

        ck_assert_mem_eq(&keys[i], &expected, sizeof(expected));
    }
    ck_assert_int_eq(beacon_bundle_next(reader, keys, 1, NULL), 0);
    ck_assert(beacon_bundle_finish(reader, _i ? &public_key : NULL, CREATED, NULL));
    beacon_bundle_free(reader);
    fclose(file);
    free(bytes);
}
END_TEST

START_TEST(the_bytes_are_as_documented)
{
    static const uint8_t header[56] = {
        0x89, 'B', 'Z',  'K',  13,   10,   26, 10, 1, 0,    128,  0,    56,   0,   0,
        0,    3,   0,    0,    0,    0,    0,  0,  0, 0x00, 0xEB, 0x2D, 0x5F, 0,   0,
        0,    0,   0x00, 0x60, 0x40, 0x5F, 0,  0,  0, 0,    'V',  'N',  '-',  'K', 'G'};
    uint8_t *bytes = make_bundle(NULL);
    unsigned char hash[64];

    ck_assert_mem_eq(bytes, header, sizeof(header));
    for (size_t i = 56; i < 128; i++)
        ck_assert_uint_eq(bytes[i], 0);
    ck_assert_uint_eq(bytes[128 + 56], 2); /* the second record's key */
    ck_assert_uint_eq(bytes[128 + 56 + 32], 96);
    crypto_hash_sha512(hash, bytes, SIZE - 64);
    ck_assert_mem_eq(bytes + SIZE - 64, hash, 64);
    free(bytes);
}
END_TEST

START_TEST(every_machine_writes_the_same_bytes)
{
    /* Made by a script of another language, from the description of the format and RFC 8032. */
    FILE *file = fopen(BEACON_TEST_DATA "/signed.keys", "rb");
    uint8_t theirs[SIZE + 1], *ours = make_bundle(&signing_key);
    struct beacon_public_key public_key;
    char message[512];

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(theirs, 1, sizeof(theirs), file), SIZE);
    fclose(file);
    ck_assert_mem_eq(theirs, ours, SIZE);
    beacon_signing_key_public(&signing_key, &public_key);
    ck_assert_int_eq(read_bundle(theirs, SIZE, &public_key, CREATED, message), RECORDS);
    free(ours);
}
END_TEST

START_TEST(any_flipped_bit_is_refused)
{
    uint8_t *bytes = make_bundle(_i ? &signing_key : NULL);
    struct beacon_public_key public_key;
    char message[512];

    beacon_signing_key_public(&signing_key, &public_key);
    ck_assert_int_eq(read_bundle(bytes, SIZE, _i ? &public_key : NULL, CREATED, message), RECORDS);
    for (size_t bit = 0; bit < 8 * SIZE; bit += TEST_PART(1, 5)) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(read_bundle(bytes, SIZE, _i ? &public_key : NULL, CREATED, message), -1);
        ck_assert(g_str_has_prefix(message, "B: "));
        if (_i)
            ck_assert_int_eq(read_bundle(bytes, SIZE, NULL, CREATED, message), -1);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(bytes);
}
END_TEST

START_TEST(any_cut_or_addition_is_refused)
{
    uint8_t *bytes = make_bundle(&signing_key);
    uint8_t longer[SIZE + 1];
    char message[512];

    for (size_t size = 0; size < SIZE; size++)
        ck_assert_int_eq(read_bundle(bytes, size, NULL, CREATED, message), -1);
    memcpy(longer, bytes, SIZE);
    longer[SIZE] = 0;
    ck_assert_int_eq(read_bundle(longer, sizeof(longer), NULL, CREATED, message), -1);
    ck_assert_str_eq(message, "B: expected nothing after the trailer");
    free(bytes);
}
END_TEST

/* Puts a value into a field and the right hash after it, so that only the field is wrong. */
static void assert_field_refused(size_t offset, size_t size, uint64_t value, const char *expected)
{
    uint8_t *bytes = make_bundle(NULL);
    char message[512];

    for (size_t i = 0; i < size; i++)
        bytes[offset + i] = (uint8_t)(value >> (8 * i));
    crypto_hash_sha512(bytes + SIZE - 64, bytes, SIZE - 64);
    ck_assert_int_eq(read_bundle(bytes, SIZE, NULL, CREATED, message), -1);
    ck_assert_msg(strstr(message, expected) != NULL, "%s, not %s", message, expected);
    free(bytes);
}

START_TEST(each_field_is_checked)
{
    assert_field_refused(0, 1, '{', "magic");
    assert_field_refused(8, 2, 2, "version");
    assert_field_refused(10, 2, 64, "header size");
    assert_field_refused(12, 2, 55, "record size");
    assert_field_refused(14, 2, 2, "flags");
    assert_field_refused(16, 8, 4, "record 4");
    assert_field_refused(16, 8, 2, "trailer");
    assert_field_refused(16, 8, 5, "record 4");
    assert_field_refused(16, 8, UINT64_MAX, "records");
    assert_field_refused(16, 8, UINT64_C(0x0492492492492493),
                         "records"); /* times 56 overflows to 40 */
    assert_field_refused(16, 8, UINT64_MAX / 56, "records");
    assert_field_refused(24, 8, 0, "created");
    assert_field_refused(24, 8, EXPIRES, "expires");
    assert_field_refused(32, 8, UINT64_MAX, "expires");
    assert_field_refused(40, 1, 0, "region");
    assert_field_refused(40, 1, 27, "region");
    assert_field_refused(47, 1, 'x', "region");
    assert_field_refused(56, 1, 1, "signer");
    assert_field_refused(127, 1, 1, "reserved");
    assert_field_refused(128 + 32, 4, 97, "record 1");
    assert_field_refused(128 + 36, 4, 1, "record 1");
    assert_field_refused(184 + 40, 8, (uint64_t)CREATED * 1000 + 2 * BEACON_DAY_MS, "record 2");
    assert_field_refused(240 + 48, 8, UINT64_C(1) << 63, "record 3");
}
END_TEST

START_TEST(requiring_a_signature_means_it)
{
    uint8_t *plain = make_bundle(NULL), *bytes = make_bundle(&signing_key);
    const struct beacon_signing_key other = {{9}};
    struct beacon_public_key public_key, other_public;
    char message[512];

    beacon_signing_key_public(&signing_key, &public_key);
    beacon_signing_key_public(&other, &other_public);
    ck_assert_int_eq(read_bundle(bytes, SIZE, &public_key, EXPIRES - 1, message), RECORDS);
    ck_assert_int_eq(read_bundle(bytes, SIZE, &public_key, EXPIRES, message), -1);
    ck_assert_str_eq(message, "B: expires: expected a time to come; the bundle has expired");
    ck_assert_int_eq(read_bundle(bytes, SIZE, &public_key, CREATED - 1, message), -1);
    ck_assert_int_eq(read_bundle(bytes, SIZE, &other_public, CREATED, message), -1);
    ck_assert_str_eq(message, "B: signer: expected the public key that is required");
    ck_assert_int_eq(read_bundle(plain, SIZE, &public_key, CREATED, message), -1);
    ck_assert_str_eq(message, "B: signer: expected a signed bundle; this one is not");
    free(plain);
    free(bytes);
}
END_TEST

START_TEST(a_file_that_shrinks_is_an_error_and_no_more)
{
    struct beacon_bundle_info info = info_of(5000);
    FILE *file = tmpfile();
    struct beacon_published_key key = key_number(0), keys[64];
    beacon_bundle_writer *writer = beacon_bundle_create(file, "B", &info, NULL, NULL);
    beacon_bundle_reader *reader;
    GError *error = NULL;
    gssize count;

    for (int i = 0; i < 5000; i++)
        ck_assert(beacon_bundle_add(writer, &key, 1, NULL));
    ck_assert(beacon_bundle_close(writer, NULL));
    rewind(file);
    reader = beacon_bundle_open(file, "B", NULL);
    ck_assert_int_eq(beacon_bundle_next(reader, keys, 64, NULL), 64);
    ck_assert_int_eq(ftruncate(fileno(file), 8192), 0);
    while ((count = beacon_bundle_next(reader, keys, 64, &error)) > 0)
        ;
    ck_assert_int_eq(count, -1);
    ck_assert_int_eq(error->code, BEACON_EXCHANGE_ERROR_INPUT);
    g_error_free(error);
    beacon_bundle_free(reader);
    fclose(file);
}
END_TEST

START_TEST(a_writer_keeps_to_its_word)
{
    struct beacon_bundle_info info = info_of(2);
    struct beacon_published_key key = key_number(0);
    FILE *file = tmpfile(), *full = fopen("/dev/full", "wb");
    beacon_bundle_writer *writer = beacon_bundle_create(file, "B", &info, NULL, NULL);
    GError *error = NULL;

    ck_assert(beacon_bundle_add(writer, &key, 1, NULL));
    ck_assert(!beacon_bundle_close(writer, &error)); /* one too few */
    g_clear_error(&error);
    writer = beacon_bundle_create(file, "B", &info, NULL, NULL);
    ck_assert(beacon_bundle_add(writer, &key, 1, NULL));
    ck_assert(beacon_bundle_add(writer, &key, 1, NULL));
    ck_assert(!beacon_bundle_add(writer, &key, 1, &error)); /* one too many */
    g_clear_error(&error);
    key.slots_per_day = 97;
    beacon_bundle_abandon(writer);
    writer = beacon_bundle_create(file, "B", &info, NULL, NULL);
    ck_assert(!beacon_bundle_add(writer, &key, 1, &error));
    ck_assert(strstr(error->message, "record 1") != NULL);
    g_clear_error(&error);
    beacon_bundle_abandon(writer);
    info.region[0] = ' ';
    ck_assert_ptr_null(beacon_bundle_create(file, "B", &info, NULL, &error));
    g_clear_error(&error);
    info = info_of(0);
    writer = beacon_bundle_create(full, "B", &info, &signing_key, NULL);
    ck_assert_ptr_nonnull(writer);
    ck_assert(!beacon_bundle_close(writer, &error));
    ck_assert_int_eq(error->code, BEACON_EXCHANGE_ERROR_IO);
    g_clear_error(&error);
    fclose(full);
    fclose(file);
}
END_TEST

START_TEST(whoever_is_first_starts_libsodium)
{
    uint8_t *bytes = make_bundle(NULL);
    struct beacon_signing_key key;
    struct beacon_public_key public_key;
    FILE *file = file_of(bytes, SIZE);
    GError *error = NULL;

    sodium_inits = 0;
    beacon_signing_key_generate(&key);
    ck_assert_int_eq(sodium_inits, 1);
    beacon_signing_key_public(&key, &public_key);
    ck_assert_int_eq(sodium_inits, 2);
    beacon_bundle_free(beacon_bundle_open(file, "B", NULL));
    ck_assert_int_eq(sodium_inits, 3);
    sodium_answer = -1;
    rewind(file);
    ck_assert_ptr_null(beacon_bundle_open(file, "B", &error));
    sodium_answer = 0;
    ck_assert_int_eq(error->code, BEACON_EXCHANGE_ERROR_IO);
    g_error_free(error);
    fclose(file);
    free(bytes);
}
END_TEST

/* Bytes, and where they end an error of the disk. */
struct failing {
    const uint8_t *bytes;
    size_t size, at;
};

static ssize_t read_failing(void *cookie, char *buffer, size_t size)
{
    struct failing *failing = cookie;
    size_t count = MIN(size, failing->size - failing->at);

    if (count == 0) {
        errno = EIO;
        return -1;
    }
    memcpy(buffer, failing->bytes + failing->at, count);
    failing->at += count;
    return (ssize_t)count;
}

START_TEST(a_disk_that_fails_is_not_the_end_of_the_file)
{
    uint8_t *bytes = make_bundle(&signing_key);
    static const size_t sizes[] = {60, 200, SIZE - 1, SIZE};
    struct failing failing = {.bytes = bytes, .size = sizes[_i]};
    FILE *file = fopencookie(&failing, "r", (cookie_io_functions_t){.read = read_failing});
    GError *error = NULL;
    beacon_bundle_reader *reader = beacon_bundle_open(file, "B", &error);

    if (reader)
        ck_assert(!beacon_bundle_finish(reader, NULL, CREATED, &error));
    ck_assert_int_eq(error->code, BEACON_EXCHANGE_ERROR_IO);
    ck_assert_str_eq(error->message, "B: could not be read: Input/output error");
    g_error_free(error);
    beacon_bundle_free(reader);
    fclose(file);
    free(bytes);
}
END_TEST

/* What accept says of the bytes in a file, before any record: the message, or NULL. */
static char *accept_message(const uint8_t *bytes, size_t size,
                            const struct beacon_public_key *required, int64_t now_s)
{
    FILE *file = file_of(bytes, size);
    beacon_bundle_reader *reader = beacon_bundle_open(file, "B", NULL);
    GError *error = NULL;
    char *message = NULL;

    ck_assert_int_eq(beacon_bundle_accept(reader, required, now_s, &error), !error);
    if (error)
        message = g_strdup(error->message);
    g_clear_error(&error);
    beacon_bundle_free(reader);
    fclose(file);
    return message;
}

static void assert_accept_says(const uint8_t *bytes, size_t size,
                               const struct beacon_public_key *required, int64_t now_s,
                               const char *expected)
{
    char *message = accept_message(bytes, size, required, now_s);

    if (!expected || !message)
        ck_assert_ptr_eq(message, expected);
    else
        ck_assert_str_eq(message, expected);
    g_free(message);
}

START_TEST(what_is_not_acceptable_is_refused_before_its_records)
{
    uint8_t *plain = make_bundle(NULL), *bytes = make_bundle(&signing_key);
    const struct beacon_signing_key other = {{9}};
    struct beacon_public_key public_key, other_public;

    beacon_signing_key_public(&signing_key, &public_key);
    beacon_signing_key_public(&other, &other_public);
    assert_accept_says(bytes, SIZE, &public_key, CREATED, NULL);
    assert_accept_says(bytes, SIZE, NULL, 0, NULL);
    assert_accept_says(plain, SIZE, NULL, 0, NULL);
    assert_accept_says(plain, SIZE, &public_key, CREATED,
                       "B: signer: expected a signed bundle; this one is not");
    assert_accept_says(bytes, SIZE, &other_public, CREATED,
                       "B: signer: expected the public key that is required");
    assert_accept_says(bytes, SIZE, &public_key, EXPIRES,
                       "B: expires: expected a time to come; the bundle has expired");
    assert_accept_says(bytes, SIZE - 1, &public_key, CREATED,
                       "B: expected a header, all records and a trailer; the file is cut");
    plain[130] ^= 1;
    assert_accept_says(plain, SIZE, NULL, 0,
                       "B: hash: expected the hash of these bytes; they are damaged or changed");
    bytes[130] ^= 1; /* whoever forges can write any signer into the header */
    assert_accept_says(bytes, SIZE, &public_key, CREATED,
                       "B: signature: expected the signature of these bytes; they are damaged, "
                       "changed or forged");
    free(plain);
    free(bytes);
}
END_TEST

START_TEST(after_accept_all_is_there_to_be_read)
{
    uint8_t *bytes = make_bundle(&signing_key);
    struct beacon_published_key keys[RECORDS + 1], first = key_number(0);
    struct beacon_public_key public_key;
    FILE *file = tmpfile();
    beacon_bundle_reader *reader;

    beacon_signing_key_public(&signing_key, &public_key);
    fputs("before", file); /* a bundle begins where the stream stands */
    ck_assert_uint_eq(fwrite(bytes, 1, SIZE, file), SIZE);
    ck_assert_int_eq(fseek(file, 6, SEEK_SET), 0);
    reader = beacon_bundle_open(file, "B", NULL);
    ck_assert(beacon_bundle_accept(reader, &public_key, CREATED, NULL));
    ck_assert_int_eq(beacon_bundle_next(reader, keys, RECORDS + 1, NULL), RECORDS);
    ck_assert_mem_eq(&keys[0], &first, sizeof(first));
    ck_assert(beacon_bundle_finish(reader, &public_key, CREATED, NULL));
    beacon_bundle_free(reader);
    fclose(file);
    free(bytes);
}
END_TEST

START_TEST(of_a_pipe_the_header_is_judged_early_and_the_rest_at_the_end)
{
    uint8_t *bytes = make_bundle(&signing_key);
    struct beacon_published_key keys[RECORDS];
    struct beacon_public_key public_key;
    beacon_bundle_reader *reader;
    GError *error = NULL;
    int ends[2];
    FILE *file;

    beacon_signing_key_public(&signing_key, &public_key);
    bytes[130] ^= 1;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, SIZE), SIZE);
    close(ends[1]);
    file = fdopen(ends[0], "rb");
    reader = beacon_bundle_open(file, "B", NULL);
    ck_assert(beacon_bundle_accept(reader, &public_key, CREATED, NULL));
    ck_assert_int_eq(beacon_bundle_next(reader, keys, RECORDS, NULL), RECORDS);
    ck_assert(!beacon_bundle_finish(reader, &public_key, CREATED, &error));
    ck_assert(strstr(error->message, "signature") != NULL);
    g_error_free(error);
    beacon_bundle_free(reader);
    fclose(file);
    free(bytes);
}
END_TEST

START_TEST(a_file_that_changes_after_accept_is_refused)
{
    enum { MANY = 5000 }; /* more than a stream holds at once */
    const uint8_t other_key = 7;
    struct beacon_bundle_info info = info_of(MANY);
    struct beacon_published_key key = key_number(0), keys[64];
    FILE *file = tmpfile();
    beacon_bundle_writer *writer = beacon_bundle_create(file, "B", &info, &signing_key, NULL);
    beacon_bundle_reader *reader;
    GError *error = NULL;
    gssize count;

    for (int i = 0; i < MANY; i++)
        ck_assert(beacon_bundle_add(writer, &key, 1, NULL));
    ck_assert(beacon_bundle_close(writer, NULL));
    rewind(file);
    reader = beacon_bundle_open(file, "B", NULL);
    ck_assert(beacon_bundle_accept(reader, NULL, 0, NULL));
    ck_assert_int_eq(pwrite(fileno(file), &other_key, 1, 128 + 4000 * 56), 1);
    while ((count = beacon_bundle_next(reader, keys, 64, &error)) > 0)
        ;
    ck_assert_int_eq(count, 0);
    ck_assert(!beacon_bundle_finish(reader, NULL, 0, &error));
    ck_assert(strstr(error->message, "signature") != NULL);
    g_error_free(error);
    beacon_bundle_free(reader);
    fclose(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle");
    TCase *tests = tcase_create("bundle");

    if (sodium_init() < 0)
        return EXIT_FAILURE;
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_is_written_is_read, 0, 2);
    tcase_add_test(tests, the_bytes_are_as_documented);
    tcase_add_test(tests, every_machine_writes_the_same_bytes);
    tcase_add_loop_test(tests, any_flipped_bit_is_refused, 0, 2);
    tcase_add_test(tests, any_cut_or_addition_is_refused);
    tcase_add_test(tests, each_field_is_checked);
    tcase_add_test(tests, requiring_a_signature_means_it);
    tcase_add_test(tests, a_file_that_shrinks_is_an_error_and_no_more);
    tcase_add_test(tests, a_writer_keeps_to_its_word);
    tcase_add_test(tests, whoever_is_first_starts_libsodium);
    tcase_add_loop_test(tests, a_disk_that_fails_is_not_the_end_of_the_file, 0, 4);
    tcase_add_test(tests, what_is_not_acceptable_is_refused_before_its_records);
    tcase_add_test(tests, after_accept_all_is_there_to_be_read);
    tcase_add_test(tests, of_a_pipe_the_header_is_judged_early_and_the_rest_at_the_end);
    tcase_add_test(tests, a_file_that_changes_after_accept_is_refused);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
