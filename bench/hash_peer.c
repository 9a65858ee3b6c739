/* SPDX-License-Identifier: MIT */
/* Others who hash many short messages. */
#include "hash_peer.h"

#include "hasher.h"

#include <glib.h>
#include <string.h>

/* One message after the other. */
struct serial {
    hash_fn *hash;
    const struct digest *seeds;
    struct digest *chains;
    size_t count;
};

static void *serial_open(hash_fn *hash, const struct digest seeds[], size_t count)
{
    struct serial *serial = g_new0(struct serial, 1);

    *serial = (struct serial){
        .hash = hash, .seeds = seeds, .chains = g_new(struct digest, count), .count = count};
    return serial;
}

static void *libsodium_open(const struct digest seeds[], size_t count)
{
    return serial_open(hash_libsodium, seeds, count);
}

static void *openssl_open(const struct digest seeds[], size_t count)
{
    return hash_openssl ? serial_open(hash_openssl, seeds, count) : NULL;
}

static void serial_prepare(void *peer)
{
    struct serial *serial = peer;

    memcpy(serial->chains, serial->seeds, serial->count * sizeof(serial->chains[0]));
}

static void serial_run(void *peer, unsigned int steps)
{
    struct serial *serial = peer;

    for (unsigned int step = 0; step < steps; step++)
        for (size_t i = 0; i < serial->count; i++)
            serial->hash(serial->chains[i].bytes, 32, serial->chains[i].bytes);
}

static void serial_result(void *peer, struct digest ret_digests[])
{
    struct serial *serial = peer;

    memcpy(ret_digests, serial->chains, serial->count * sizeof(serial->chains[0]));
}

static void serial_close(void *peer)
{
    struct serial *serial = peer;

    g_free(serial->chains);
    g_free(serial);
}

#ifdef BENCH_IPSEC_MB
#include <intel-ipsec-mb.h>

/* Intel's library hashing 16 messages at once: the routine inside, and the interface around it. */
#define LANES 16

/* As the library's routine has it. */
struct x16_arguments {
    uint32_t digest[8][LANES];
    const uint8_t *data[LANES];
};

void call_sha256_x16_avx512_from_c(struct x16_arguments *arguments, uint64_t blocks);

struct x16 {
    size_t count; /* a multiple of LANES */
    uint8_t (*blocks)[64];
    uint32_t (*digests)[8][LANES];
};

static bool x16_runs_here(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static void *x16_open(const struct digest seeds[], size_t count)
{
    struct x16 *x16;

    if (!x16_runs_here())
        return NULL;
    x16 = g_new0(struct x16, 1);
    x16->count = count;
    x16->blocks = g_malloc0(count * sizeof(x16->blocks[0]));
    x16->digests = g_malloc0(count / LANES * sizeof(x16->digests[0]));
    for (size_t i = 0; i < count; i++) {
        memcpy(x16->blocks[i], seeds[i].bytes, 32);
        x16->blocks[i][32] = 0x80;
        x16->blocks[i][62] = 0x01; /* 256 bits */
    }
    return x16;
}

static void x16_run(void *peer, unsigned int steps)
{
    static const uint32_t initial[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                        0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
    struct x16 *x16 = peer;
    uint32_t starts[8][LANES];
    struct x16_arguments arguments;

    for (size_t word = 0; word < 8; word++)
        for (size_t lane = 0; lane < LANES; lane++)
            starts[word][lane] = initial[word];
    for (unsigned int step = 0; step < steps; step++)
        for (size_t i = 0; i < x16->count; i += LANES) {
            memcpy(arguments.digest, starts, sizeof(starts));
            for (size_t lane = 0; lane < LANES; lane++)
                arguments.data[lane] = x16->blocks[i + lane];
            call_sha256_x16_avx512_from_c(&arguments, 1);
            memcpy(x16->digests[i / LANES], arguments.digest, sizeof(arguments.digest));
        }
}

static void x16_result(void *peer, struct digest ret_digests[])
{
    struct x16 *x16 = peer;

    for (size_t i = 0; i < x16->count; i++)
        for (size_t word = 0; word < 8; word++) {
            const uint32_t number = GUINT32_TO_BE(x16->digests[i / LANES][word][i % LANES]);

            memcpy(ret_digests[i].bytes + 4 * word, &number, sizeof(number));
        }
}

static void x16_close(void *peer)
{
    struct x16 *x16 = peer;

    g_free(x16->blocks);
    g_free(x16->digests);
    g_free(x16);
}

struct jobs {
    IMB_MGR *manager;
    const struct digest *seeds;
    struct digest *chains;
    struct digest *digests; /* of the step at hand */
    size_t count;
};

static void *jobs_open(const struct digest seeds[], size_t count)
{
    struct jobs *jobs = g_new0(struct jobs, 1);

    jobs->manager = alloc_mb_mgr(0);
    init_mb_mgr_auto(jobs->manager, NULL);
    jobs->seeds = seeds;
    jobs->chains = g_new(struct digest, count);
    jobs->digests = g_new(struct digest, count);
    jobs->count = count;
    return jobs;
}

static void jobs_prepare(void *peer)
{
    struct jobs *jobs = peer;

    memcpy(jobs->chains, jobs->seeds, jobs->count * sizeof(jobs->chains[0]));
}

static void jobs_step(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(jobs->manager);

        memset(job, 0, sizeof(*job));
        job->cipher_mode = IMB_CIPHER_NULL;
        job->cipher_direction = IMB_DIR_ENCRYPT;
        job->chain_order = IMB_ORDER_HASH_CIPHER;
        job->hash_alg = IMB_AUTH_SHA_256;
        job->src = jobs->chains[i].bytes;
        job->msg_len_to_hash_in_bytes = 32;
        job->auth_tag_output = jobs->digests[i].bytes;
        job->auth_tag_output_len_in_bytes = 32;
        IMB_SUBMIT_JOB(jobs->manager);
    }
    while (IMB_FLUSH_JOB(jobs->manager))
        ;
}

static void jobs_run(void *peer, unsigned int steps)
{
    struct jobs *jobs = peer;

    for (unsigned int step = 0; step < steps; step++) {
        struct digest *made = jobs->digests;

        jobs_step(jobs);
        jobs->digests = jobs->chains;
        jobs->chains = made;
    }
}

static void jobs_result(void *peer, struct digest ret_digests[])
{
    struct jobs *jobs = peer;

    memcpy(ret_digests, jobs->chains, jobs->count * sizeof(jobs->chains[0]));
}

static void jobs_close(void *peer)
{
    struct jobs *jobs = peer;

    free_mb_mgr(jobs->manager);
    g_free(jobs->chains);
    g_free(jobs->digests);
    g_free(jobs);
}
#endif

static const struct hash_peer peers[] = {
    {.name = "libsodium",
     .about = "crypto_hash_sha256",
     .chained = true,
     .open = libsodium_open,
     .prepare = serial_prepare,
     .run = serial_run,
     .result = serial_result,
     .close = serial_close},
    {.name = "OpenSSL",
     .about = "SHA256_Init, _Update, _Final",
     .chained = true,
     .open = openssl_open,
     .prepare = serial_prepare,
     .run = serial_run,
     .result = serial_result,
     .close = serial_close},
#ifdef BENCH_IPSEC_MB
    {.name = "ipsec-mb x16",
     .about = "its AVX-512 routine alone, padded blocks at hand, the same messages each time",
     .open = x16_open,
     .run = x16_run,
     .result = x16_result,
     .close = x16_close},
    {.name = "ipsec-mb jobs",
     .about = "its job interface",
     .chained = true,
     .open = jobs_open,
     .prepare = jobs_prepare,
     .run = jobs_run,
     .result = jobs_result,
     .close = jobs_close},
#else
    {.name = "ipsec-mb x16", .about = "its AVX-512 routine alone"},
    {.name = "ipsec-mb jobs", .about = "its job interface"},
#endif
};

const struct hash_peer *hash_peer_at(size_t number)
{
    return number < G_N_ELEMENTS(peers) ? &peers[number] : NULL;
}

bool hash_peer_is_built(const struct hash_peer *peer)
{
    return peer->open && (peer->open != openssl_open || hash_openssl);
}
