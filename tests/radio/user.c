/* SPDX-License-Identifier: MIT */
/* The transport to an adapter, with a kernel of our own: adapters that come and go, sockets whose
 * other end we hold. */
#include "radio/transport.h"

#include "check_main.h"
#include "radio/adapter.h"
#include "radio/machine.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- The kernel and the machine, in place of the library's files ---- */

static struct {
    struct bcn_adapter adapters[2];
    guint count;
    int list_status, open_status, power_status;
    int other_end; /* of the user channel that was opened last */
    GMutex mutex;  /* over those below: power is called from threads */
    GCond changed;
    gboolean stuck;
    guint powered; /* calls that have returned */
    GString *log;  /* "open 0, down 0, up 0" */
} kernel;

static struct bcn_machine machine;
static char program[] = "beacon";
static char drivers[] = "";

int bcn_adapters(GArray **ret_adapters)
{
    if (kernel.list_status != 0)
        return kernel.list_status;
    *ret_adapters = g_array_new(FALSE, TRUE, sizeof(struct bcn_adapter));
    g_array_append_vals(*ret_adapters, kernel.adapters, kernel.count);
    return 0;
}

static void note(const char *what, guint16 index)
{
    g_string_append_printf(kernel.log, "%s%s %u", kernel.log->len > 0 ? ", " : "", what, index);
}

static struct bcn_adapter *adapter_at(guint16 index)
{
    for (guint i = 0; i < kernel.count; i++)
        if (kernel.adapters[i].index == index)
            return &kernel.adapters[i];
    return NULL;
}

int bcn_adapter_power(guint16 index, gboolean up)
{
    g_mutex_lock(&kernel.mutex);
    while (kernel.stuck)
        g_cond_wait(&kernel.changed, &kernel.mutex);
    note(up ? "up" : "down", index);
    struct bcn_adapter *adapter = adapter_at(index);
    int status = adapter == NULL ? ENODEV : kernel.power_status;
    if (status == 0)
        adapter->face.up = up;
    kernel.powered++;
    g_cond_broadcast(&kernel.changed);
    g_mutex_unlock(&kernel.mutex);
    return status;
}

int bcn_adapter_open(guint16 index, int *ret_fd)
{
    int ends[2];
    note("open", index);
    if (kernel.open_status != 0)
        return kernel.open_status;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                     0);
    *ret_fd = ends[0];
    kernel.other_end = ends[1];
    return 0;
}

struct bcn_machine *bcn_machine_read(const char *root)
{
    ck_assert_str_eq(root, "");
    return &machine;
}

void bcn_machine_free(struct bcn_machine *read)
{
    ck_assert_ptr_eq(read, &machine);
}

enum bcn_block bcn_machine_block(const struct bcn_machine *read, const char *adapter)
{
    (void)read, (void)adapter;
    return BCN_BLOCK_SOFT;
}

/* ---- The owner ---- */

static struct {
    GMainContext *context;
    struct bcn_transport *transport;
    GString *received; /* the second byte of each packet, in letters */
    guint largest, gone, cycled;
    char *text;
    gboolean is_inside; /* of a call into the transport: nobody may be told of its end */
    gboolean closes, reopens;
} owner;

static void received(gpointer user, const guint8 *packet, gsize size)
{
    ck_assert_ptr_eq(user, &owner);
    g_string_append_c(owner.received, (char)packet[1]);
    owner.largest = MAX(owner.largest, (guint)size);
    if (owner.closes) {
        owner.transport->class->close(owner.transport);
        if (owner.reopens)
            ck_assert(owner.transport->class->open(owner.transport, NULL));
        owner.closes = FALSE;
    }
}

static void gone(gpointer user, const char *text)
{
    ck_assert_ptr_eq(user, &owner);
    ck_assert(!owner.is_inside);
    owner.gone++;
    g_free(owner.text);
    owner.text = g_strdup(text);
}

static void cycled(gpointer user)
{
    ck_assert_ptr_eq(user, &owner);
    ck_assert(!owner.is_inside);
    owner.cycled++;
}

static const struct bcn_transport_events events = {received, gone};

static void make(const char *adapter, gboolean take)
{
    owner.transport = bcn_transport_user(adapter, take, NULL);
    ck_assert_ptr_nonnull(owner.transport);
    owner.transport->events = &events;
    owner.transport->owner = &owner;
    owner.transport->context = owner.context;
}

static void set_up(void)
{
    memset(&kernel, 0, sizeof kernel);
    memset(&owner, 0, sizeof owner);
    g_mutex_init(&kernel.mutex);
    g_cond_init(&kernel.changed);
    kernel.log = g_string_new(NULL);
    kernel.other_end = -1;
    kernel.count = 1;
    kernel.adapters[0] = (struct bcn_adapter){
        .face = {.name = "hci0", .address = {.bytes = {0x00, 0xAA, 0x01, 0, 0, 0x10}}}};
    machine = (struct bcn_machine){.may_administer = TRUE, .program = program, .drivers = drivers};
    owner.context = g_main_context_new();
    owner.received = g_string_new(NULL);
}

static void tear_down(void)
{
    if (owner.transport != NULL)
        owner.transport->class->free(owner.transport);
    if (kernel.other_end >= 0)
        close(kernel.other_end);
    g_main_context_unref(owner.context);
    g_string_free(owner.received, TRUE);
    g_free(owner.text);
    g_string_free(kernel.log, TRUE);
    g_mutex_clear(&kernel.mutex);
    g_cond_clear(&kernel.changed);
}

static void open_it(void)
{
    GError *error = NULL;
    ck_assert_msg(owner.transport->class->open(owner.transport, &error), "%s",
                  error != NULL ? error->message : "");
}

static void expect_refused(enum beacon_radio_error code, const char *words)
{
    GError *error = NULL;
    ck_assert(!owner.transport->class->open(owner.transport, &error));
    ck_assert_msg(g_error_matches(error, BEACON_RADIO_ERROR, (gint)code), "%s", error->message);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
    g_error_free(error);
}

static void close_it(void)
{
    owner.transport->class->close(owner.transport);
}

static void expect_log(const char *log)
{
    ck_assert_str_eq(kernel.log->str, log);
    g_string_set_size(kernel.log, 0);
}

static gboolean send_letter(char letter, gsize size)
{
    guint8 packet[1024] = {BCN_H4_COMMAND, (guint8)letter};
    owner.is_inside = TRUE;
    gboolean sent = owner.transport->class->send(owner.transport, packet, size);
    owner.is_inside = FALSE;
    return sent;
}

/* From the controller. */
static void say(char letter, gsize size)
{
    guint8 packet[BCN_H4_PACKET_MAX + 1] = {BCN_H4_EVENT, (guint8)letter};
    ck_assert_int_eq(send(kernel.other_end, packet, size, 0), (gssize)size);
}

/* The letter of the next packet that the controller got, or 0. */
static char hear(void)
{
    guint8 packet[1024];
    gssize size = recv(kernel.other_end, packet, sizeof packet, MSG_DONTWAIT);
    return size < 2 ? '\0' : (char)packet[1];
}

static void run(void)
{
    while (g_main_context_iteration(owner.context, FALSE))
        continue;
}

static void close_other_end(void)
{
    close(kernel.other_end);
    kernel.other_end = -1;
}

/* ---- Packets ---- */

START_TEST(packets_come_in_order)
{
    make("hci0", FALSE);
    open_it();
    expect_log("open 0");
    say('a', 2);
    say('b', BCN_H4_PACKET_MAX);
    say('c', 10);
    run();
    ck_assert_str_eq(owner.received->str, "abc");
    ck_assert_uint_eq(owner.largest, BCN_H4_PACKET_MAX);
    ck_assert_uint_eq(owner.transport->left_out, 0);
}
END_TEST

START_TEST(a_packet_that_is_too_long_is_left_out)
{
    make("hci0", FALSE);
    open_it();
    say('a', 2);
    say('b', BCN_H4_PACKET_MAX + 1);
    say('c', 2);
    run();
    ck_assert_str_eq(owner.received->str, "ac");
    ck_assert_uint_eq(owner.transport->left_out, 1);
}
END_TEST

/* So that others on the context have their turn. */
START_TEST(a_flood_is_read_in_portions)
{
    make("hci0", FALSE);
    open_it();
    int room = 1 << 20;
    setsockopt(kernel.other_end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    for (int i = 0; i < 100; i++)
        say('x', 2);
    g_main_context_iteration(owner.context, FALSE);
    ck_assert_uint_eq(owner.received->len, 64);
    run();
    ck_assert_uint_eq(owner.received->len, 100);
}
END_TEST

START_TEST(closed_by_what_it_received)
{
    make("hci0", FALSE);
    open_it();
    say('a', 2);
    say('b', 2);
    owner.closes = TRUE;
    run();
    ck_assert_str_eq(owner.received->str, "a");
    ck_assert(!send_letter('z', 4));
    ck_assert_uint_eq(owner.gone, 0);
}
END_TEST

START_TEST(reopened_by_what_it_received)
{
    make("hci0", FALSE);
    open_it();
    int old_end = kernel.other_end;
    say('a', 2);
    say('b', 2);
    owner.closes = owner.reopens = TRUE;
    run();
    close(old_end);
    ck_assert_str_eq(owner.received->str, "a");
    say('c', 2);
    run();
    ck_assert_str_eq(owner.received->str, "ac");
}
END_TEST

START_TEST(waiting_gives_what_there_is)
{
    make("hci0", FALSE);
    open_it();
    ck_assert(!owner.transport->class->wait(owner.transport, 0));
    say('a', 2);
    say('b', 2);
    ck_assert(owner.transport->class->wait(owner.transport, 1000));
    ck_assert_str_eq(owner.received->str, "ab");
    close_it();
    ck_assert(!owner.transport->class->wait(owner.transport, 1000));
}
END_TEST

START_TEST(what_is_not_taken_at_once_is_kept)
{
    make("hci0", FALSE);
    open_it();
    guint sent = 0;
    for (char letter = 'a'; letter <= 'z'; letter++)
        for (int i = 0; i < 8; i++, sent++)
            ck_assert(send_letter(letter, 1024));
    for (guint heard = 0; heard < sent; heard++) {
        char letter = hear();
        if (letter == '\0') {
            run();
            letter = hear();
        }
        ck_assert_int_eq(letter, (char)('a' + heard / 8));
    }
    ck_assert_int_eq(hear(), 0);
    ck_assert_uint_eq(owner.gone, 0);
}
END_TEST

START_TEST(what_is_never_taken_ends_it)
{
    make("hci0", FALSE);
    open_it();
    guint sent = 0;
    while (send_letter('x', 1024)) {
        sent++;
        ck_assert_uint_lt(sent, 4096);
    }
    ck_assert_uint_eq(owner.gone, 0);
    run();
    ck_assert_uint_eq(owner.gone, 1);
    ck_assert_ptr_nonnull(strstr(owner.text, "hci0"));
    ck_assert_ptr_nonnull(strstr(owner.text, g_strerror(ENOBUFS)));
}
END_TEST

/* ---- It goes away ---- */

START_TEST(gone_is_told_once)
{
    make("hci0", FALSE);
    open_it();
    close_other_end();
    run();
    ck_assert_uint_eq(owner.gone, 1);
    ck_assert_ptr_nonnull(strstr(owner.text, "hci0 is gone"));
    ck_assert(!send_letter('z', 4));
    run();
    ck_assert_uint_eq(owner.gone, 1);
}
END_TEST

START_TEST(gone_while_sending_is_told_afterwards)
{
    make("hci0", FALSE);
    open_it();
    close_other_end();
    ck_assert(!send_letter('a', 4));
    ck_assert_uint_eq(owner.gone, 0);
    run();
    ck_assert_uint_eq(owner.gone, 1);
    ck_assert_ptr_nonnull(strstr(owner.text, "is gone"));
}
END_TEST

START_TEST(gone_while_waiting_is_told_afterwards)
{
    make("hci0", FALSE);
    open_it();
    close_other_end();
    owner.is_inside = TRUE;
    ck_assert(!owner.transport->class->wait(owner.transport, 1000));
    owner.is_inside = FALSE;
    run();
    ck_assert_uint_eq(owner.gone, 1);
}
END_TEST

START_TEST(a_closed_one_is_not_told)
{
    make("hci0", FALSE);
    open_it();
    close_other_end();
    ck_assert(!send_letter('a', 4));
    close_it();
    run();
    ck_assert_uint_eq(owner.gone, 0);
}
END_TEST

/* An open socket would keep the number taken, and the adapter would come back as another. */
START_TEST(its_socket_is_closed_before_anybody_is_told)
{
    make("hci0", FALSE);
    open_it();
    shutdown(kernel.other_end, SHUT_WR);
    g_main_context_iteration(owner.context, FALSE);
    ck_assert_uint_eq(owner.gone, 0);
    ck_assert_int_lt(send(kernel.other_end, "x", 1, MSG_NOSIGNAL), 0);
    ck_assert_int_eq(errno, EPIPE);
    run();
    ck_assert_uint_eq(owner.gone, 1);
}
END_TEST

START_TEST(it_is_found_again_under_another_name)
{
    make("hci0", FALSE);
    open_it();
    close_other_end();
    run();
    kernel.adapters[1] = kernel.adapters[0];
    kernel.adapters[1].index = 2;
    strcpy(kernel.adapters[1].face.name, "hci2");
    kernel.adapters[0].face.address.bytes[5]++;
    expect_log("open 0");
    expect_refused(BEACON_RADIO_ERROR_ABSENT, "hci0");
    expect_log("");
    kernel.count = 2;
    open_it();
    expect_log("open 2");
}
END_TEST

START_TEST(it_is_found_by_address)
{
    make("00:aa:01:00:00:10", FALSE);
    kernel.adapters[0].index = 5;
    strcpy(kernel.adapters[0].face.name, "hci5");
    open_it();
    expect_log("open 5");
}
END_TEST

/* ---- Refusals ---- */

START_TEST(a_name_that_is_none)
{
    static const char *const wrong[] = {"", "hci", "eth0", "00:AA:01:00:00", "00:AA:01:00:00:10:"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GError *error = NULL;
        ck_assert_ptr_null(bcn_transport_user(wrong[i], FALSE, &error));
        ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS));
        g_error_free(error);
    }
}
END_TEST

START_TEST(reasons_for_not_opening)
{
    make("hci0", FALSE);
    kernel.list_status = EAFNOSUPPORT;
    expect_refused(BEACON_RADIO_ERROR_UNSUPPORTED, "kernel");
    kernel.list_status = 0;
    kernel.count = 0;
    expect_refused(BEACON_RADIO_ERROR_ABSENT, "no adapter hci0");
    kernel.count = 1;
    kernel.adapters[0].starting = TRUE;
    expect_refused(BEACON_RADIO_ERROR_BUSY, "try again");
    kernel.adapters[0].starting = FALSE;
    kernel.adapters[0].face.up = kernel.adapters[0].face.held = TRUE;
    expect_refused(BEACON_RADIO_ERROR_BUSY, "another program");
    expect_log("");
    kernel.adapters[0].face.up = kernel.adapters[0].face.held = FALSE;
    kernel.open_status = ERFKILL;
    expect_refused(BEACON_RADIO_ERROR_BLOCKED, "rfkill unblock bluetooth");
    kernel.open_status = EPERM;
    machine.may_administer = FALSE;
    expect_refused(BEACON_RADIO_ERROR_PERMISSION, "setcap cap_net_admin+ep beacon");
    expect_log("open 0, open 0");
}
END_TEST

START_TEST(an_adapter_that_is_up_takes_rights)
{
    make("hci0", TRUE);
    kernel.adapters[0].face.up = TRUE;
    machine.may_administer = FALSE;
    expect_refused(BEACON_RADIO_ERROR_PERMISSION, "setcap");
    expect_log("");
}
END_TEST

START_TEST(the_daemons_adapter_is_left_alone)
{
    make("hci0", FALSE);
    kernel.adapters[0].face.up = TRUE;
    machine.has_daemon = TRUE;
    expect_refused(BEACON_RADIO_ERROR_BUSY, "--take");
    expect_log("");
}
END_TEST

/* ---- Taken and given back ---- */

START_TEST(taken_and_given_back)
{
    make("hci0", TRUE);
    kernel.adapters[0].face.up = TRUE;
    machine.has_daemon = TRUE;
    open_it();
    expect_log("down 0, open 0");
    ck_assert_ptr_nonnull(strstr(owner.transport->note, "hci0 was up"));
    close_it();
    expect_log("up 0");
    ck_assert_ptr_null(owner.transport->note);
    ck_assert_int_eq(hear(), 0);
    close_it();
    expect_log("");
}
END_TEST

START_TEST(one_that_was_down_stays_down)
{
    make("hci0", TRUE);
    open_it();
    ck_assert_ptr_null(owner.transport->note);
    close_it();
    expect_log("open 0");
}
END_TEST

START_TEST(given_back_when_it_cannot_be_opened)
{
    make("hci0", TRUE);
    kernel.adapters[0].face.up = TRUE;
    kernel.open_status = EBUSY;
    expect_refused(BEACON_RADIO_ERROR_BUSY, "hci0");
    expect_log("down 0, open 0, up 0");
    ck_assert_ptr_null(owner.transport->note);
}
END_TEST

START_TEST(given_back_when_freed)
{
    make("hci0", FALSE);
    kernel.adapters[0].face.up = TRUE;
    open_it();
    owner.transport->class->free(owner.transport);
    owner.transport = NULL;
    expect_log("down 0, open 0, up 0");
}
END_TEST

/* Unplugged while it was ours, and back under another number: up, as it was at first. */
START_TEST(given_back_after_it_went_and_returned)
{
    make("hci0", FALSE);
    kernel.adapters[0].face.up = TRUE;
    open_it();
    close_other_end();
    kernel.count = 0;
    run();
    close_it();
    expect_log("down 0, open 0");
    kernel.count = 1;
    kernel.adapters[0].face.up = FALSE;
    kernel.adapters[0].index = 2;
    close_it();
    expect_log("up 2");
}
END_TEST

START_TEST(what_failed_to_come_up_is_tried_again)
{
    make("hci0", FALSE);
    kernel.adapters[0].face.up = TRUE;
    open_it();
    kernel.power_status = ETIMEDOUT;
    close_it();
    kernel.power_status = 0;
    expect_log("down 0, open 0, up 0");
    open_it();
    close_it();
    expect_log("open 0, up 0");
}
END_TEST

/* ---- Down and up ---- */

static void run_until_cycled(guint times)
{
    while (owner.cycled < times)
        g_main_context_iteration(owner.context, TRUE);
}

static void cycle(void)
{
    owner.is_inside = TRUE;
    owner.transport->class->cycle(owner.transport, cycled);
    owner.is_inside = FALSE;
}

START_TEST(a_cycle_leaves_it_as_it_was)
{
    make("hci0", FALSE);
    cycle();
    run_until_cycled(1);
    expect_log("down 0, up 0, down 0");
    kernel.adapters[0].face.up = TRUE;
    cycle();
    run_until_cycled(2);
    expect_log("down 0, up 0");
    open_it();
    close_it();
    expect_log("down 0, open 0, up 0");
}
END_TEST

START_TEST(nothing_to_cycle_is_soon_done)
{
    make("hci0", FALSE);
    kernel.count = 0;
    cycle();
    run_until_cycled(1);
    kernel.count = 1;
    kernel.adapters[0].face.up = kernel.adapters[0].face.held = TRUE;
    cycle();
    run_until_cycled(2);
    kernel.adapters[0].face.held = FALSE;
    machine.has_daemon = TRUE;
    cycle();
    run_until_cycled(3);
    expect_log("");
}
END_TEST

static void stick(gboolean stuck)
{
    g_mutex_lock(&kernel.mutex);
    kernel.stuck = stuck;
    g_cond_broadcast(&kernel.changed);
    g_mutex_unlock(&kernel.mutex);
}

START_TEST(while_it_is_cycled_it_cannot_be_opened)
{
    make("hci0", FALSE);
    stick(TRUE);
    cycle();
    expect_refused(BEACON_RADIO_ERROR_BUSY, "try again");
    stick(FALSE);
    run_until_cycled(1);
    open_it();
    expect_log("down 0, up 0, down 0, open 0");
}
END_TEST

START_TEST(a_cycle_is_forgotten_when_closed)
{
    make("hci0", FALSE);
    stick(TRUE);
    cycle();
    close_it();
    stick(FALSE);
    GError *error = NULL;
    while (!owner.transport->class->open(owner.transport, &error)) {
        g_clear_error(&error);
        g_main_context_iteration(owner.context, FALSE);
    }
    run();
    ck_assert_uint_eq(owner.cycled, 0);
}
END_TEST

START_TEST(freed_while_it_is_cycled)
{
    make("hci0", FALSE);
    stick(TRUE);
    cycle();
    owner.transport->class->free(owner.transport);
    make("hci0", FALSE);
    stick(FALSE);
    cycle();
    run_until_cycled(1);
    g_mutex_lock(&kernel.mutex);
    while (kernel.powered < 6)
        g_cond_wait(&kernel.changed, &kernel.mutex);
    g_mutex_unlock(&kernel.mutex);
    run();
    ck_assert_uint_eq(owner.cycled, 1);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *group = tcase_create(name);
    tcase_add_checked_fixture(group, set_up, tear_down);
    suite_add_tcase(suite, group);
    return group;
}

int main(void)
{
    Suite *suite = suite_create("user");
    TCase *packets = add_case(suite, "packets");
    tcase_add_test(packets, packets_come_in_order);
    tcase_add_test(packets, a_packet_that_is_too_long_is_left_out);
    tcase_add_test(packets, a_flood_is_read_in_portions);
    tcase_add_test(packets, closed_by_what_it_received);
    tcase_add_test(packets, reopened_by_what_it_received);
    tcase_add_test(packets, waiting_gives_what_there_is);
    tcase_add_test(packets, what_is_not_taken_at_once_is_kept);
    tcase_add_test(packets, what_is_never_taken_ends_it);
    TCase *vanishing = add_case(suite, "vanishing");
    tcase_add_test(vanishing, gone_is_told_once);
    tcase_add_test(vanishing, gone_while_sending_is_told_afterwards);
    tcase_add_test(vanishing, gone_while_waiting_is_told_afterwards);
    tcase_add_test(vanishing, a_closed_one_is_not_told);
    tcase_add_test(vanishing, its_socket_is_closed_before_anybody_is_told);
    tcase_add_test(vanishing, it_is_found_again_under_another_name);
    tcase_add_test(vanishing, it_is_found_by_address);
    TCase *refusals = add_case(suite, "refusals");
    tcase_add_test(refusals, a_name_that_is_none);
    tcase_add_test(refusals, reasons_for_not_opening);
    tcase_add_test(refusals, an_adapter_that_is_up_takes_rights);
    tcase_add_test(refusals, the_daemons_adapter_is_left_alone);
    TCase *power = add_case(suite, "power");
    tcase_add_test(power, taken_and_given_back);
    tcase_add_test(power, one_that_was_down_stays_down);
    tcase_add_test(power, given_back_when_it_cannot_be_opened);
    tcase_add_test(power, given_back_when_freed);
    tcase_add_test(power, given_back_after_it_went_and_returned);
    tcase_add_test(power, what_failed_to_come_up_is_tried_again);
    TCase *cycles = add_case(suite, "cycles");
    tcase_add_test(cycles, a_cycle_leaves_it_as_it_was);
    tcase_add_test(cycles, nothing_to_cycle_is_soon_done);
    tcase_add_test(cycles, while_it_is_cycled_it_cannot_be_opened);
    tcase_add_test(cycles, a_cycle_is_forgotten_when_closed);
    tcase_add_test(cycles, freed_while_it_is_cycled);
    return check_main(suite);
}
