/* SPDX-License-Identifier: MIT */
/* Is the machine's clock right? A Pi has none of its own that would know the time after a start. */
#include "run_clock.h"

#include <glib.h>
#include <sys/timex.h>

/* systemd-timesyncd makes the file when it has set the clock; the folder is there as long as it
 * runs. */
#define TIMESYNC_FOLDER "/run/systemd/timesync"
#define TIMESYNC_FLAG   TIMESYNC_FOLDER "/synchronized"

/* What chrony, ntpd and others tell the kernel. */
static bool is_synchronized(void)
{
    struct timex state = {.modes = 0};
    int answer = adjtimex(&state);

    return answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

static bool exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

bool run_clock_is_right(const struct run_clock *clock)
{
    if (clock->is_trusted)
        return true;
    if (clock->flag != NULL)
        return exists(clock->flag);
    if (exists(TIMESYNC_FLAG) || is_synchronized())
        return true;
    /* Nobody here will ever say so: a clock of its own, or set by hand, is not before our birth. */
    return !exists(TIMESYNC_FOLDER) &&
           g_get_real_time() / G_TIME_SPAN_SECOND >= (gint64)BEACON_BUILT_S;
}
