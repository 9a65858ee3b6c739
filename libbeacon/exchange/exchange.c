/* SPDX-License-Identifier: MIT */
#include <beacon/exchange.h>
