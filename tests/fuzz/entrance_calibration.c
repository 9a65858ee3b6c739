/* SPDX-License-Identifier: MIT */
/* Calibration files: what is taken is sound, and its gates are in order. */
#include "calibration.h"

#include "fuzz/replay.h"

#include <math.h>
#include <stdlib.h>

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static void check_gates(const struct calibration *calibration)
{
    for (int i = BEACON_PLATFORM_ANDROID; i < CALIBRATION_PLATFORMS; i++) {
        struct calibration_gates gates;
        calibration_gates(calibration, (enum beacon_platform)i, &gates);
        require(isfinite(gates.gate_dbm) && isfinite(gates.body_db));
        require(gates.unheard_dbm >= gates.gate_dbm && gates.longest_dbm <= gates.gate_dbm);
        require(gates.exit_dbm < gates.longest_dbm && gates.body_db > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calibration calibration;
    GError *error = NULL;
    double wrong, missed;
    if (!calibration_parse((const char *)data, size, "fuzz", &calibration, &error)) {
        require(g_error_matches(error, CALIBRATION_ERROR, CALIBRATION_ERROR_FORMAT));
        require(g_utf8_validate(error->message, -1, NULL));
        g_error_free(error);
        return 0;
    }
    require(error == NULL && calibration.number > 0);
    check_gates(&calibration);
    calibration_errors(&calibration, &wrong, &missed);
    require(wrong >= 0 && wrong <= 100 && missed >= 0 && missed <= 100);
    g_free(calibration_text(&calibration));
    return 0;
}
