/* SPDX-License-Identifier: MIT */
/* SHA-256 along chains: every kernel that runs here, and others, on the same chains. */
#include "bench.h"

#include "hash_peer.h"
#include "kernels.h"
#include "random.h"

#include "base/cpu.h"
#include "match/kernel.h"

#include <stdlib.h>

#define CHAINS 8192
#define STEPS  96 /* a day's slots */

/* Vector operations that SHA-256 of one 32-byte message takes, a sixteenth of those for 16 lanes,
 * the constant words of the padding folded in. */
#define VECTOR_OPERATIONS 96.25
#define VECTOR_PORTS      4 /* of the machine that the bound is named after */

/* One way to move the chains. */
struct work {
    const char *words;      /* that the case appends */
    bool first;             /* from the key, with salt, instead of along the chain */
    unsigned int log2;      /* dwords of the filter that is probed; 0 for none */
    unsigned int sightings; /* in it */
};

static const struct work works[] = {
    {.words = ""},
    {.words = " probe=75", .log2 = 10, .sightings = 75},
    {.words = " probe=7440", .log2 = 13, .sightings = 7440},
    {.words = "", .first = true},
};

/* What a work's chains start from, and what comes out of it, as the portable kernel has it. */
struct task {
    const struct work *work;
    char *case_name;
    size_t chains;
    size_t size; /* of their groups, in bytes */
    struct bcn_group *seeds;
    struct bcn_group *ends;
    uint32_t *dwords;
    struct bcn_filter filter;
    uint64_t hits; /* a sum over all of them */
};

/* A kernel at work. */
struct worker {
    const struct task *task;
    const struct bcn_kernel *kernel;
    struct bcn_group *chains;
    uint32_t *found;
    uint64_t hits;
};

static struct bcn_group *groups_new(size_t size)
{
    struct bcn_group *groups = aligned_alloc(64, size);

    if (!groups)
        fail("no memory");
    memset(groups, 0, size);
    return groups;
}

static void worker_init(struct worker *worker, const struct task *task,
                        const struct bcn_kernel *kernel)
{
    *worker = (struct worker){.task = task,
                              .kernel = kernel,
                              .chains = groups_new(task->size),
                              .found = g_new0(uint32_t, task->chains)};
}

static void worker_clear(struct worker *worker)
{
    free(worker->chains);
    g_free(worker->found);
}

static void worker_free(void *state)
{
    worker_clear(state);
    g_free(state);
}

static void worker_prepare(void *state)
{
    struct worker *worker = state;

    memcpy(worker->chains, worker->task->seeds, worker->task->size);
    worker->hits = 0;
}

static void worker_run(void *state)
{
    struct worker *worker = state;
    const struct task *task = worker->task;
    const struct bcn_filter *filter = task->dwords ? &task->filter : NULL;

    for (unsigned int step = 0; step < STEPS; step++) {
        size_t hits;

        if (task->work->first)
            hits = worker->kernel->first(task->seeds, worker->chains, task->chains, filter,
                                         worker->found);
        else
            hits = worker->kernel->next(worker->chains, task->chains, filter, worker->found);
        for (size_t i = 0; i < hits; i++)
            worker->hits += random_mix(((uint64_t)step << 32) + worker->found[i]);
    }
}

static bool worker_check(void *state)
{
    const struct worker *worker = state;

    return memcmp(worker->chains, worker->task->ends, worker->task->size) == 0 &&
           worker->hits == worker->task->hits;
}

static const struct bcn_kernel *portable(void)
{
    return bcn_kernel_choose(0, "portable");
}

static void filter_add(struct task *task, uint32_t fingerprint)
{
    task->dwords[fingerprint >> task->filter.shift] |= UINT32_C(1) << (fingerprint & 31) |
                                                       UINT32_C(1) << (fingerprint >> 5 & 31) |
                                                       UINT32_C(1) << (fingerprint >> 10 & 31);
}

/* Strangers in the filter, and what one chain in 256 will be after its last step. */
static void filter_fill(struct task *task, struct random_source *random)
{
    task->filter = (struct bcn_filter){.dwords = task->dwords, .shift = 32 - task->work->log2};
    for (unsigned int i = 0; i < task->work->sightings; i++)
        filter_add(task, (uint32_t)random_next(random));
    for (size_t group = 0; group < task->chains / BCN_GROUP_LANES; group += 256 / BCN_GROUP_LANES)
        filter_add(task,
                   bcn_fingerprint(task->ends[group].word[4][1], task->ends[group].word[5][1]));
}

static void run_portable(struct task *task)
{
    struct worker worker;

    worker_init(&worker, task, portable());
    worker_prepare(&worker);
    worker_run(&worker);
    memcpy(task->ends, worker.chains, task->size);
    task->hits = worker.hits;
    worker_clear(&worker);
}

static void task_init(struct task *task, const struct work *work, size_t chains)
{
    struct random_source random = {1};

    *task =
        (struct task){.work = work,
                      .case_name = g_strdup_printf(
                          "%s chains=%zu%s", work->first ? "first" : "next", chains, work->words),
                      .chains = chains,
                      .size = chains / BCN_GROUP_LANES * sizeof(struct bcn_group)};
    task->seeds = groups_new(task->size);
    task->ends = groups_new(task->size);
    random_fill(&random, task->seeds, task->size);
    run_portable(task);
    if (work->log2 > 0) {
        task->dwords = g_new0(uint32_t, (size_t)1 << work->log2);
        filter_fill(task, &random);
        run_portable(task);
    }
}

static void task_clear(struct task *task)
{
    free(task->seeds);
    free(task->ends);
    g_free(task->dwords);
    g_free(task->case_name);
}

/* A kernel that is fast and wrong, for the test that it gets no figure. */
static size_t wrong_next(struct bcn_group *chains, size_t count, const struct bcn_filter *filter,
                         uint32_t *ret_hits)
{
    (void)filter;
    (void)ret_hits;
    chains[count / 2 / BCN_GROUP_LANES].word[3][5] ^= 1;
    return 0;
}

static size_t wrong_first(const struct bcn_group *keys, struct bcn_group *chains, size_t count,
                          const struct bcn_filter *filter, uint32_t *ret_hits)
{
    (void)keys;
    return wrong_next(chains, count, filter, ret_hits);
}

static const struct bcn_kernel wrong_kernel = {
    .name = "wrong", .lanes = 1, .next = wrong_next, .first = wrong_first};

static void add_kernel(struct session *session, struct group *group, const struct task *task,
                       const struct bcn_kernel *kernel)
{
    struct worker *worker;

    if (!session_wants(session, kernel->name))
        return;
    worker = g_new0(struct worker, 1);
    worker_init(worker, task, kernel);
    group_add(group, kernel->name, g_strdup(task->case_name),
              (struct contender){.work = (double)task->chains * STEPS,
                                 .prepare = worker_prepare,
                                 .run = worker_run,
                                 .check = worker_check,
                                 .release = worker_free,
                                 .state = worker});
}

static void add_kernels(struct session *session, struct group *group, const struct task *task)
{
    const uint32_t features = bcn_cpu_detect();
    const char *only = session->options.kernel;

    for (size_t i = 0; kernel_name(i); i++) {
        const struct bcn_kernel *kernel = bcn_kernel_choose(features, kernel_name(i));

        if (only && strcmp(only, kernel_name(i)) != 0)
            continue;
        if (kernel)
            add_kernel(session, group, task, kernel);
        else
            report_note(session->report, "%s: does not run on this machine", kernel_name(i));
    }
    if (session->with_wrong)
        add_kernel(session, group, task, &wrong_kernel);
}

/* Another's hashing, on the chains' bytes. */
struct guest {
    const struct hash_peer *peer;
    size_t count;
    void *opened;
    struct digest *seeds;
    struct digest *ends;
    struct digest *results;
};

static void to_bytes(const struct bcn_group groups[], size_t count, struct digest digests[])
{
    for (size_t i = 0; i < count; i++)
        for (size_t word = 0; word < 8; word++) {
            const uint32_t number =
                GUINT32_TO_BE(groups[i / BCN_GROUP_LANES].word[word][i % BCN_GROUP_LANES]);

            memcpy(digests[i].bytes + 4 * word, &number, sizeof(number));
        }
}

static void guest_prepare(void *state)
{
    struct guest *guest = state;

    if (guest->peer->prepare)
        guest->peer->prepare(guest->opened);
}

static void guest_run(void *state)
{
    struct guest *guest = state;

    guest->peer->run(guest->opened, STEPS);
}

static bool guest_check(void *state)
{
    struct guest *guest = state;

    guest->peer->result(guest->opened, guest->results);
    return memcmp(guest->results, guest->ends, guest->count * sizeof(guest->ends[0])) == 0;
}

static void guest_free(void *state)
{
    struct guest *guest = state;

    if (guest->opened)
        guest->peer->close(guest->opened);
    g_free(guest->seeds);
    g_free(guest->ends);
    g_free(guest->results);
    g_free(guest);
}

/* What the peer's last step has to leave. */
static void guest_expect(struct guest *guest, const struct task *task)
{
    if (guest->peer->chained) {
        to_bytes(task->ends, task->chains, guest->ends);
    } else {
        struct bcn_group *once = groups_new(task->size);

        memcpy(once, task->seeds, task->size);
        portable()->next(once, task->chains, NULL, NULL);
        to_bytes(once, task->chains, guest->ends);
        free(once);
    }
}

static void add_peer(struct session *session, struct group *group, const struct task *task,
                     const struct hash_peer *peer)
{
    struct guest *guest;

    if (!session_wants(session, peer->name))
        return;
    if (!hash_peer_is_built(peer)) {
        report_note(session->report, "%s: absent, its library was not there when this was built",
                    peer->name);
        return;
    }
    guest = g_new0(struct guest, 1);
    *guest = (struct guest){.peer = peer,
                            .count = task->chains,
                            .seeds = g_new(struct digest, task->chains),
                            .ends = g_new(struct digest, task->chains),
                            .results = g_new(struct digest, task->chains)};
    to_bytes(task->seeds, task->chains, guest->seeds);
    guest_expect(guest, task);
    guest->opened = peer->open(guest->seeds, task->chains);
    if (!guest->opened) {
        report_note(session->report, "%s: does not run on this machine", peer->name);
        guest_free(guest);
        return;
    }
    report_note(session->report, "%s: %s", peer->name, peer->about);
    group_add(group, peer->name, g_strdup(task->case_name),
              (struct contender){.work = (double)task->chains * STEPS,
                                 .prepare = guest_prepare,
                                 .run = guest_run,
                                 .check = guest_check,
                                 .release = guest_free,
                                 .state = guest});
}

/* How near the widest kernel comes to what the vector ports allow. */
static void note_bound(struct session *session, const struct group *group)
{
    const struct row *row = group_row(group, "avx512");
    double cycles, ports;

    if (!row)
        return;
    cycles = 1e3 * group->clock_ghz / row->median;
    ports = machine_vector_adds();
    report_note(session->report,
                "avx512, %s: %.2f cycles a hash at %.2f GHz; the bound of four vector ports, %.2f "
                "cycles, over that is %.2f",
                row->case_name, cycles, group->clock_ghz, VECTOR_OPERATIONS / VECTOR_PORTS,
                VECTOR_OPERATIONS / VECTOR_PORTS / cycles);
    if (ports > 0)
        report_note(session->report,
                    "this processor does %.2f vector additions of 512 bits a cycle: the same bound "
                    "for it is %.2f cycles a hash, and over the measured %.2f",
                    ports, VECTOR_OPERATIONS / ports, VECTOR_OPERATIONS / ports / cycles);
}

static void bench_work(struct session *session, const struct work *work, size_t chains)
{
    struct group *group = group_new("hash", "M/s");
    struct task task;

    task_init(&task, work, chains);
    add_kernels(session, group, &task);
    for (size_t i = 0; hash_peer_at(i) && work == &works[0]; i++)
        add_peer(session, group, &task, hash_peer_at(i));
    group_measure(session, group);
    if (work == &works[0])
        note_bound(session, group);
    group_free(group);
    task_clear(&task);
}

/* As many chains as keys are asked for, made up to whole arrays. */
void bench_hash(struct session *session)
{
    const size_t asked = options_size(session->options.keys, CHAINS);
    const size_t chains = (asked + BCN_PAD_LANES - 1) / BCN_PAD_LANES * BCN_PAD_LANES;

    for (size_t i = 0; i < G_N_ELEMENTS(works); i++)
        bench_work(session, &works[i], chains);
}
