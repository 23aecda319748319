#ifndef REGISTRY_CPNG_H
#define REGISTRY_CPNG_H

#include <stddef.h>
#include <stdint.h>

/// What a PNG file says of itself.
typedef struct {
  uint32_t width;
  uint32_t height;
  int channels;   // as stored: 1 to 4
  int bit_depth;  // 1, 2, 4, 8 or 16
  int has_alpha;  // an alpha channel or a transparent colour
  int has_color_profile;
} cpng_header;

typedef enum {
  CPNG_OK = 0,
  CPNG_MALFORMED = 1,
  CPNG_TRUNCATED = 2,
  CPNG_TOO_LARGE = 3,
} cpng_status;

enum { CPNG_TEXT_SIZE = 160 };

/// Reads the header of a PNG file in memory. `text` takes the reason of a failure.
cpng_status cpng_read_header(
    const uint8_t *bytes, size_t count, cpng_header *header, char *text);

/// Decodes a PNG file to 8 bits a channel, RGB, or RGBA where the header has alpha.
///
/// `pixels` holds `pixel_count` bytes, which must be height * width * (3 or 4), or the call fails
/// with CPNG_TOO_LARGE. `text` takes the reason of a failure, or the last warning.
cpng_status cpng_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t pixel_count, char *text);

/// An encoded file; `cpng_free` gives its memory back.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} cpng_output;

/// Encodes `height * width * 3` bytes of RGB. `text` takes the reason of a failure.
///
/// `output` must be zero at first, and freed whatever the result.
cpng_status cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, cpng_output *output, char *text);

/// Frees what was encoded.
void cpng_free(cpng_output *output);

#endif
