/* SPDX-License-Identifier: MIT */
/* Whether what is about to be played was played into this tally before. */
#include "played_again.h"

#include "command.h"
#include "say.h"
#include "tally.h"

#include <beacon/radio.h>

#define ROUND_MS 300000 /* a row's time is rounded down so */
#define DAY_MS   86400000

/* When the replay begins; -1: it cannot be opened. */
static gint64 begin_ms(const char *address)
{
    const struct beacon_radio_listener nobody = {.user = NULL};
    beacon_radio *radio = beacon_radio_open(address, NULL, &nobody, NULL);
    gint64 time_ms =
        radio != NULL ? beacon_clock_wall_us(beacon_radio_clock(radio)) / 1000 : (gint64)-1;

    beacon_radio_free(radio);
    return time_ms;
}

static guint64 count_visits(const struct settings *settings, gint64 from_ms)
{
    const struct tally_options how = {.size = sizeof how,
                                      .read_only = TRUE,
                                      .timezone =
                                          *settings->timezone != '\0' ? settings->timezone : NULL};
    struct tally *tally = tally_open(settings->tally_file, &how, NULL);
    struct tally_sums staff = {0}, visitors = {0};
    gboolean is_read = tally != NULL && tally_sum(tally, from_ms - from_ms % ROUND_MS,
                                                  from_ms + DAY_MS, &staff, &visitors, NULL);

    tally_free(tally);
    return is_read ? staff.total + visitors.total : 0;
}

int played_again(const struct settings *settings, gboolean has_guard)
{
    gint64 from_ms = begin_ms(settings->radio);
    guint64 visits = from_ms >= 0 ? count_visits(settings, from_ms) : 0;

    if (visits == 0)
        return EXIT_RAN;
    if (!has_guard) {
        say(_("%s has %u visits already of the day that is played; what is heard now is added"),
            settings->tally_file, (guint)visits);
        return EXIT_RAN;
    }
    say(_("%s has %u visits already of the day that is played, and the guard would record them "
          "again; name another --tally-file, or leave out --keep"),
        settings->tally_file, (guint)visits);
    return EXIT_INPUT;
}
