/* SPDX-License-Identifier: MIT */
#include <beacon/match.h>
