/* SPDX-License-Identifier: MIT */
#include <beacon/encounter.h>
