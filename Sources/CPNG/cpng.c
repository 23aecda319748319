#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// What the callbacks share. libpng leaves by longjmp, which must not cross a Swift frame: every
// setjmp is answered within this file.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  cpng_status status;
  char *text;
} source;

static void keep_text(char *text, const char *message) {
  strncpy(text, message, CPNG_TEXT_SIZE - 1);
  text[CPNG_TEXT_SIZE - 1] = 0;
}

static void on_error(png_structp png, png_const_charp message) {
  source *from = png_get_error_ptr(png);
  if (from->status == CPNG_OK) from->status = CPNG_MALFORMED;
  keep_text(from->text, message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  source *from = png_get_error_ptr(png);
  keep_text(from->text, message);
}

static void on_read(png_structp png, png_bytep target, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->position) {
    from->status = CPNG_TRUNCATED;
    png_error(png, "the file ends early");
  }
  memcpy(target, from->bytes + from->position, count);
  from->position += count;
}

static png_structp open_png(source *from, png_infop *info) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, from, on_error, on_warning);
  if (!png) return NULL;
  *info = png_create_info_struct(png);
  if (!*info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return NULL;
  }
  png_set_read_fn(png, from, on_read);
  // The caller bounds width times height; chunks are bounded here.
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(png, 8 << 20);
  png_set_chunk_cache_max(png, 128);
  return png;
}

cpng_status cpng_read_header(
    const uint8_t *bytes, size_t count, cpng_header *header, char *text) {
  source from = {bytes, count, 0, CPNG_OK, text};
  text[0] = 0;
  png_infop info = NULL;
  png_structp png = open_png(&from, &info);
  if (!png) return CPNG_MALFORMED;
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return from.status;
  }
  png_read_info(png, info);
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->channels = png_get_channels(png, info);
  header->bit_depth = png_get_bit_depth(png, info);
  header->has_alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                      png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  header->has_color_profile = png_get_valid(png, info, PNG_INFO_iCCP) != 0;
  png_destroy_read_struct(&png, &info, NULL);
  return CPNG_OK;
}

cpng_status cpng_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t pixel_count, char *text) {
  source from = {bytes, count, 0, CPNG_OK, text};
  text[0] = 0;
  png_infop info = NULL;
  png_structp png = open_png(&from, &info);
  if (!png) return CPNG_MALFORMED;
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return from.status;
  }
  png_read_info(png, info);
  png_set_scale_16(png);
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t row_count = png_get_rowbytes(png, info);
  size_t height = png_get_image_height(png, info);
  if (row_count * height != pixel_count) {
    from.status = CPNG_TOO_LARGE;
    png_error(png, "the pixels do not fit the header");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) png_read_row(png, pixels + y * row_count, NULL);
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return CPNG_OK;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  cpng_output *output = png_get_io_ptr(png);
  if (count > output->capacity - output->count) {
    size_t capacity = 2 * output->capacity + count + 4096;
    uint8_t *larger = realloc(output->bytes, capacity);
    if (!larger) png_error(png, "no memory for the file");
    output->bytes = larger;
    output->capacity = capacity;
  }
  memcpy(output->bytes + output->count, bytes, count);
  output->count += count;
}

static void on_flush(png_structp png) { (void)png; }

cpng_status cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, cpng_output *output, char *text) {
  source errors = {NULL, 0, 0, CPNG_OK, text};
  text[0] = 0;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    keep_text(text, "no memory for the encoder");
    return CPNG_MALFORMED;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return errors.status;
  }
  png_set_write_fn(png, output, on_write, on_flush);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_IHDR(
      png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 9);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) {
    png_write_row(png, pixels + (size_t)y * width * 3);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return CPNG_OK;
}

void cpng_free(cpng_output *output) {
  free(output->bytes);
  memset(output, 0, sizeof *output);
}
