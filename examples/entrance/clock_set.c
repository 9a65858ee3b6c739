/* SPDX-License-Identifier: MIT */
/* Whether this machine's clock is right: a Pi has none that outlives a power cut. */
#include "clock_set.h"

#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

/* By adjtimex(2), which asks for no right while nothing is changed. */
static gboolean is_disciplined(void)
{
    struct timex state = {.modes = 0};
    int code = adjtimex(&state);

    return code >= 0 && code != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

/* The kernel set the clock at boot from the first battery clock (rtc class, hctosys). */
static gboolean has_battery(void)
{
    g_autofree char *text = NULL;

    return g_file_get_contents("/sys/class/rtc/rtc0/hctosys", &text, NULL, NULL) && *text == '1';
}

struct clock_evidence clock_evidence_now(void)
{
    return (struct clock_evidence){
        .is_past_build = g_get_real_time() / G_USEC_PER_SEC >= ENTRANCE_BUILT,
        .is_disciplined = is_disciplined(),
        .is_synchronized = access("/run/systemd/timesync/synchronized", F_OK) == 0,
        .has_battery = has_battery(),
    };
}

gboolean clock_evidence_is_enough(const struct clock_evidence *evidence)
{
    return evidence->is_past_build &&
           (evidence->is_disciplined || evidence->is_synchronized || evidence->has_battery);
}

gboolean clock_is_set(gpointer unused)
{
    struct clock_evidence evidence = clock_evidence_now();

    (void)unused;
    return clock_evidence_is_enough(&evidence);
}
