#ifndef REGISTRY_CJPEG_H
#define REGISTRY_CJPEG_H

#include <stddef.h>
#include <stdint.h>

/// What a JPEG file says of itself.
typedef struct {
  uint32_t width;
  uint32_t height;
  int channels;
  int has_color_profile;
} cjpeg_header;

typedef enum {
  CJPEG_OK = 0,
  CJPEG_MALFORMED = 1,
  CJPEG_TRUNCATED = 2,
  CJPEG_CORRUPT = 3,
} cjpeg_status;

enum { CJPEG_TEXT_SIZE = 256 };

/// Reads the header of a JPEG file in memory. `text` takes the reason of a failure.
cjpeg_status cjpeg_read_header(
    const uint8_t *bytes, size_t count, cjpeg_header *header, char *text);

/// The size of the picture that decoding at one `denominator`th gives.
uint32_t cjpeg_scaled(uint32_t extent, uint32_t denominator);

/// Decodes a JPEG file to RGB at one `denominator`th (1, 2, 4 or 8) of its size.
///
/// `pixels` holds `pixel_count` bytes: three for each pixel of the scaled size, or the call fails.
/// `text` takes the reason of a failure, or the last warning.
cjpeg_status cjpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t denominator, uint8_t *pixels,
    size_t pixel_count, char *text);

/// An encoded file; `cjpeg_free` gives its memory back.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} cjpeg_output;

/// Encodes `height * width * 3` bytes of RGB, baseline, 4:2:0, at a `quality` of 1 to 100. `text`
/// takes the reason of a failure.
///
/// `output` must be zero at first, and freed whatever the result.
cjpeg_status cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, cjpeg_output *output,
    char *text);

/// Frees what was encoded.
void cjpeg_free(cjpeg_output *output);

#endif
