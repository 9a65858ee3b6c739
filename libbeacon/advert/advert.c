/* SPDX-License-Identifier: MIT */
#include <beacon/advert.h>
