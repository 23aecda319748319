#ifndef REGISTRY_CBYTEPLANES_H
#define REGISTRY_CBYTEPLANES_H

#include <stddef.h>
#include <stdint.h>

/// Adds differences to numbers of 32 bits, modulo 2^32, with the widest vectors that the processor has.
///
/// The differences are in zigzag order (0, -1, 1, -2, …), byte by byte: `first` has the lowest byte of
/// each of them, `fourth` the highest. `third` and `fourth` may be NULL, for bytes that are all zero; if
/// `third` is, so is `fourth`. `base` and `target` have 4 * `count` bytes and need not be aligned.
void cbyteplanes_join_32(
    const uint8_t *first, const uint8_t *second, const uint8_t *third, const uint8_t *fourth,
    const void *base, void *target, size_t count);

#endif
