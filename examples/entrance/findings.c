/* SPDX-License-Identifier: MIT */
/* What is wrong at a door, or good to know: clock, disk, calibration, page. */
#include "findings.h"

#include "calibration.h"
#include "clock_set.h"
#include "say.h"
#include "tally.h"

#include <gio/gio.h>

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)

static void free_finding(gpointer finding)
{
    g_free(((struct beacon_finding *)finding)->text);
    g_free(finding);
}

void findings_add(GPtrArray *findings, enum beacon_finding_level level, const char *subject,
                  char *text)
{
    struct beacon_finding *finding = g_new0(struct beacon_finding, 1);

    *finding = (struct beacon_finding){.level = level, .subject = subject, .text = text};
    g_ptr_array_set_free_func(findings, free_finding);
    g_ptr_array_add(findings, finding);
}

/* ---- Clock ---- */

void findings_of_clock(GPtrArray *findings)
{
    struct clock_evidence evidence = clock_evidence_now();

    if (!evidence.is_past_build)
        findings_add(findings, BEACON_FINDING_BAD, "clock",
                     g_strdup(_("the clock is earlier than this program was built: set it, or "
                                "connect to a network with a time server")));
    else if (evidence.is_disciplined || evidence.is_synchronized)
        findings_add(findings, BEACON_FINDING_GOOD, "clock",
                     g_strdup(_("a time server keeps the clock right")));
    else if (evidence.has_battery)
        findings_add(findings, BEACON_FINDING_NOTE, "clock",
                     g_strdup(_("the clock has a battery and no time server: look at it now and "
                                "then")));
    else
        findings_add(
            findings, BEACON_FINDING_NOTE, "clock",
            g_strdup(_("nothing says that the clock is right: it has no battery, and no "
                       "time server was reached; until then rows are in memory only and lost "
                       "with the power: connect a network with a time server, or fit a "
                       "battery clock")));
}

/* ---- Disk ---- */

/* A folder that is not there is made by the check, if it may. */
static gboolean can_be_made(const char *folder)
{
    g_autofree char *above = g_strdup(folder);

    while (access(above, F_OK) < 0) {
        char *next = g_path_get_dirname(above);

        g_free(above);
        above = next;
    }
    return access(above, W_OK | X_OK) == 0;
}

static void look_at_folder(GPtrArray *findings, const char *folder)
{
    struct statvfs disk;
    double free_mib;

    if (access(folder, F_OK) < 0 && errno == ENOENT && can_be_made(folder)) {
        findings_add(findings, BEACON_FINDING_NOTE, "disk",
                     g_strdup_printf(_("%s is not there yet: the check makes it"), folder));
        return;
    }
    if (statvfs(folder, &disk) < 0) {
        findings_add(findings, BEACON_FINDING_BAD, "disk",
                     g_strdup_printf("%s: %s", folder, g_strerror(errno)));
        return;
    }
    free_mib = (double)disk.f_bavail * (double)disk.f_frsize / MIB;
    if ((disk.f_flag & ST_RDONLY) != 0)
        findings_add(findings, BEACON_FINDING_BAD, "disk",
                     g_strdup_printf(_("%s is on a disk that can only be read: remount it, or "
                                       "replace the card"),
                                     folder));
    else if (access(folder, W_OK) < 0)
        findings_add(findings, BEACON_FINDING_BAD, "disk",
                     g_strdup_printf(_("%s cannot be written to: %s"), folder, g_strerror(errno)));
    else if (free_mib < 64)
        findings_add(findings, free_mib < 4 ? BEACON_FINDING_BAD : BEACON_FINDING_NOTE, "disk",
                     g_strdup_printf(_("%s has %.0f MiB left: make room"), folder, free_mib));
    else
        findings_add(findings, BEACON_FINDING_GOOD, "disk",
                     g_strdup_printf(_("%s can be written to, %.0f MiB left"), folder, free_mib));
}

static void look_at_tally(GPtrArray *findings, const char *path)
{
    const struct tally_options options = {.size = sizeof options, .read_only = TRUE};
    g_autoptr(GError) error = NULL;
    struct tally *tally;

    if (access(path, F_OK) < 0)
        return;
    tally = tally_open(path, &options, &error);
    if (tally == NULL)
        findings_add(findings, BEACON_FINDING_BAD, "tally", g_strdup(error->message));
    else
        findings_add(findings, BEACON_FINDING_GOOD, "tally",
                     g_strdup_printf(_("%s can be read"), path));
    tally_free(tally);
}

void findings_of_disk(GPtrArray *findings, const struct settings *settings)
{
    g_autofree char *folder = NULL;

    if (*settings->tally_file == '\0') {
        findings_add(findings, BEACON_FINDING_NOTE, "disk",
                     g_strdup(_("no tally is kept: it is in memory alone")));
        return;
    }
    folder = g_path_get_dirname(settings->tally_file);
    look_at_folder(findings, folder);
    look_at_tally(findings, settings->tally_file);
}

/* ---- Calibration ---- */

void findings_of_calibration(GPtrArray *findings, const struct settings *settings)
{
    struct calibration calibration;
    g_autoptr(GError) error = NULL;

    if (*settings->calibration_file == '\0' || access(settings->calibration_file, F_OK) < 0) {
        findings_add(findings, BEACON_FINDING_NOTE, "calibration",
                     g_strdup(_("this spot is not calibrated: 'beacon-entrance calibrate', or [c] "
                                "on the screen, takes two minutes")));
        return;
    }
    if (!calibration_load(settings->calibration_file, &calibration, &error))
        findings_add(findings, BEACON_FINDING_BAD, "calibration", g_strdup(error->message));
    else
        findings_add(findings,
                     calibration_separates(&calibration) ? BEACON_FINDING_GOOD
                                                         : BEACON_FINDING_NOTE,
                     "calibration", calibration_text(&calibration));
}

/* ---- Page ---- */

static void look_at_address(GPtrArray *findings, const char *text, gboolean is_local)
{
    g_autoptr(GSocketConnectable) connectable = g_network_address_parse(text, 0, NULL);
    g_autoptr(GInetAddress) inet = NULL;
    g_autoptr(GSocketAddress) address = NULL;
    g_autoptr(GSocket) probe = NULL;
    g_autoptr(GError) error = NULL;

    if (connectable != NULL)
        inet = g_inet_address_new_from_string(
            g_network_address_get_hostname(G_NETWORK_ADDRESS(connectable)));
    if (inet == NULL) {
        findings_add(findings, BEACON_FINDING_BAD, "page",
                     g_strdup_printf(_("%s: expected an address such as 127.0.0.1:8740"), text));
        return;
    }
    if (is_local && !g_inet_address_get_is_loopback(inet)) {
        findings_add(findings, BEACON_FINDING_BAD, "page",
                     g_strdup_printf(_("%s is not of this machine alone: without TLS the page "
                                       "listens on 127.0.0.1 or [::1]"),
                                     text));
        return;
    }
    address =
        g_inet_socket_address_new(inet, g_network_address_get_port(G_NETWORK_ADDRESS(connectable)));
    probe = g_socket_new(g_inet_address_get_family(inet), G_SOCKET_TYPE_STREAM,
                         G_SOCKET_PROTOCOL_DEFAULT, &error);
    if (probe == NULL || !g_socket_bind(probe, address, TRUE, &error) ||
        !g_socket_listen(probe, &error))
        findings_add(findings, BEACON_FINDING_BAD, "page",
                     g_strdup_printf(_("%s: %s (perhaps the check is running there already)"), text,
                                     error->message));
    else
        findings_add(findings, BEACON_FINDING_GOOD, "page",
                     g_strdup_printf(_("%s is free for the page"), text));
}

static void look_at_secret(GPtrArray *findings, const char *path, gboolean is_secret)
{
    struct stat status;

    if (stat(path, &status) < 0 || access(path, R_OK) < 0)
        findings_add(findings, BEACON_FINDING_BAD, "page",
                     g_strdup_printf("%s: %s", path, g_strerror(errno)));
    else if (is_secret && (status.st_mode & 07) != 0)
        findings_add(findings, BEACON_FINDING_BAD, "page",
                     g_strdup_printf(_("%s can be read by everybody: chmod 0640"), path));
    else
        findings_add(findings, BEACON_FINDING_GOOD, "page",
                     g_strdup_printf(_("%s can be read"), path));
}

void findings_of_page(GPtrArray *findings, const struct settings *settings)
{
    if (*settings->web_listen != '\0')
        look_at_address(findings, settings->web_listen, TRUE);
    if (*settings->web_listen_totals != '\0')
        look_at_address(findings, settings->web_listen_totals, FALSE);
    if (*settings->web_listen_tls == '\0')
        return;
    look_at_address(findings, settings->web_listen_tls, FALSE);
    look_at_secret(findings, settings->web_certificate, FALSE);
    look_at_secret(findings, settings->web_key, TRUE);
    if (*settings->web_pin_file != '\0')
        look_at_secret(findings, settings->web_pin_file, TRUE);
}
