/* SPDX-License-Identifier: MIT */
/* Whether this machine's clock is right: a Pi has none that outlives a power cut. */
#ifndef ENTRANCE_CLOCK_SET_H
#define ENTRANCE_CLOCK_SET_H

#include <glib.h>

/* What speaks for a clock. Zero: nothing does. */
struct clock_evidence {
    gboolean is_past_build;   /* it is later than this program was built */
    gboolean is_disciplined;  /* the kernel's clock is: by NTP, PTP, chrony */
    gboolean is_synchronized; /* systemd-timesyncd says so, of this boot */
    gboolean has_battery;     /* it was set at boot from a clock with a battery */
};

struct clock_evidence clock_evidence_now(void);

/* Later than the build, and one of the others. */
gboolean clock_evidence_is_enough(const struct clock_evidence *evidence);

/* The same of this moment; as door_options has it. */
gboolean clock_is_set(gpointer unused);

#endif
