/* mix.h: SplitMix64's mixing function (rng.c says where it comes from). Private to src/model. */
#ifndef DETBUILD_MODEL_MIX_H
#define DETBUILD_MODEL_MIX_H

#include <stdint.h>

#define MIX_GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#endif
