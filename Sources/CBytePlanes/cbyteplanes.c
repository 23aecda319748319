#include "cbyteplanes.h"

#include <string.h>

// One body for each kind of processor: the compiler turns the loops into that one's vectors.
#define JOIN(zigzag)                                                                               \
  for (size_t index = 0; index < count; index++) {                                                \
    uint32_t number;                                                                               \
    memcpy(&number, (const char *)base + 4 * index, 4);                                            \
    uint32_t difference = (zigzag);                                                                \
    number += (difference >> 1) ^ (0u - (difference & 1u));                                        \
    memcpy((char *)target + 4 * index, &number, 4);                                                \
  }

#define LOW ((uint32_t)first[index] | (uint32_t)second[index] << 8)

#define BODY                                                                                       \
  if (fourth) {                                                                                    \
    JOIN(LOW | (uint32_t)third[index] << 16 | (uint32_t)fourth[index] << 24)                       \
  } else if (third) {                                                                              \
    JOIN(LOW | (uint32_t)third[index] << 16)                                                       \
  } else {                                                                                         \
    JOIN(LOW)                                                                                      \
  }

#define PARAMETERS                                                                                 \
  const uint8_t *restrict first, const uint8_t *restrict second, const uint8_t *restrict third,    \
      const uint8_t *restrict fourth, const void *restrict base, void *restrict target, size_t count

static void join(PARAMETERS) { BODY }

#ifdef __x86_64__
__attribute__((target("avx2"))) static void join_avx2(PARAMETERS) { BODY }
#endif

void cbyteplanes_join_32(
    const uint8_t *first, const uint8_t *second, const uint8_t *third, const uint8_t *fourth,
    const void *base, void *target, size_t count) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) {
    join_avx2(first, second, third, fourth, base, target, count);
    return;
  }
#endif
  join(first, second, third, fourth, base, target, count);
}
