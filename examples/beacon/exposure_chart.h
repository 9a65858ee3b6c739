/* SPDX-License-Identifier: MIT */
/* A chart of exposures: minutes by day, as SVG within a page. */
#ifndef TOOL_EXPOSURE_CHART_H
#define TOOL_EXPOSURE_CHART_H

#include <glib.h>

/* `exposures`: of struct beacon_encounter, not empty. A column a local day; what was near is dark.
 */
void put_exposure_chart(GString *page, const GArray *exposures);

#endif
