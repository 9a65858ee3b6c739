/* SPDX-License-Identifier: MIT */
/* Which kernels there are, and which of them a machine is to use. */
#include "kernel/kernels.h"

#include <string.h>

static const struct bcn_kernel *const kernels[] = {
#ifdef BCN_HAVE_AVX512
    &bcn_kernel_avx512,
#endif
#ifdef BCN_HAVE_SHANI
    &bcn_kernel_shani,
#endif
#ifdef BCN_HAVE_AVX2
    &bcn_kernel_avx2,
#endif
#ifdef BCN_HAVE_SHA2
    &bcn_kernel_sha2,
#endif
#ifdef BCN_HAVE_NEON
    &bcn_kernel_neon,
#endif
    &bcn_kernel_portable,
};

const struct bcn_kernel *const *bcn_kernels(size_t *ret_count)
{
    *ret_count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}

const struct bcn_kernel *bcn_kernel_choose(uint32_t features, const char *name)
{
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
        if ((!name || strcmp(name, kernels[i]->name) == 0) &&
            (kernels[i]->features & ~features) == 0)
            return kernels[i];
    return NULL;
}
