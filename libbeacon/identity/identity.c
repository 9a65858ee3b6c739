/* SPDX-License-Identifier: MIT */
#include <beacon/identity.h>
