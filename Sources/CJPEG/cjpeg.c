#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

// libjpeg leaves by the error handler, which must not return: every setjmp is answered within this
// file, so that no jump crosses a Swift frame.
typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  int ran_short;      // the entropy decoder had to invent bits
  int ended_early;    // the file ended before its end marker
  int was_corrupt;    // entropy-coded data made no sense
  char *text;
} error_manager;

// More scans than any encoder writes; each costs a pass over the whole picture.
enum { MAXIMUM_SCANS = 100 };

static void on_error(j_common_ptr codec) {
  error_manager *errors = (error_manager *)codec->err;
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  snprintf(errors->text, CJPEG_TEXT_SIZE, "%s", message);
  longjmp(errors->escape, 1);
}

static void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;
  error_manager *errors = (error_manager *)codec->err;
  codec->err->num_warnings++;
  switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF: errors->ended_early = 1; break;
    case JWRN_HIT_MARKER: errors->ran_short = 1; break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: errors->was_corrupt = 1; break;
    default: break;
  }
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  snprintf(errors->text, CJPEG_TEXT_SIZE, "%s", message);
}

static void on_progress(j_common_ptr codec) {
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > MAXIMUM_SCANS) {
    error_manager *errors = (error_manager *)codec->err;
    snprintf(errors->text, CJPEG_TEXT_SIZE, "more than %d scans", MAXIMUM_SCANS);
    longjmp(errors->escape, 1);
  }
}

static struct jpeg_error_mgr *catching(error_manager *errors, char *text) {
  memset(errors, 0, sizeof *errors);
  text[0] = 0;
  errors->text = text;
  jpeg_std_error(&errors->base);
  errors->base.error_exit = on_error;
  errors->base.emit_message = on_message;
  return &errors->base;
}

static void prepare(
    struct jpeg_decompress_struct *codec, error_manager *errors, char *text) {
  memset(codec, 0, sizeof *codec);
  codec->err = catching(errors, text);
}

static void open_jpeg(
    struct jpeg_decompress_struct *codec, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(codec);
  jpeg_mem_src(codec, bytes, count);
  jpeg_save_markers(codec, JPEG_APP0 + 2, 14);
  jpeg_read_header(codec, TRUE);
}

cjpeg_status cjpeg_read_header(
    const uint8_t *bytes, size_t count, cjpeg_header *header, char *text) {
  struct jpeg_decompress_struct codec;
  error_manager errors;
  prepare(&codec, &errors, text);
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&codec);
    return errors.ended_early ? CJPEG_TRUNCATED : CJPEG_MALFORMED;
  }
  open_jpeg(&codec, bytes, count);
  header->width = codec.image_width;
  header->height = codec.image_height;
  header->channels = codec.num_components;
  header->has_color_profile = 0;
  for (jpeg_saved_marker_ptr marker = codec.marker_list; marker; marker = marker->next) {
    if (marker->data_length >= 12 && memcmp(marker->data, "ICC_PROFILE", 12) == 0) {
      header->has_color_profile = 1;
    }
  }
  jpeg_destroy_decompress(&codec);
  return CJPEG_OK;
}

uint32_t cjpeg_scaled(uint32_t extent, uint32_t denominator) {
  return (extent + denominator - 1) / denominator;
}

/// CMYK to RGB in place, four bytes to three. Adobe's files store the inks inverted.
static void convert_inks(uint8_t *inks, uint8_t *pixels, size_t width, int inverted) {
  for (size_t x = 0; x < width; x++) {
    unsigned flip = inverted ? 0 : 255;
    unsigned black = inks[4 * x + 3] ^ flip;
    for (size_t channel = 0; channel < 3; channel++) {
      unsigned ink = inks[4 * x + channel] ^ flip;
      pixels[3 * x + channel] = (uint8_t)((ink * black + 127) / 255);
    }
  }
}

/// Whether a progressive picture ended before every coefficient was known to its last bit.
static int lacks_detail(const struct jpeg_decompress_struct *codec) {
  if (!codec->progressive_mode || !codec->coef_bits) return 0;
  for (int component = 0; component < codec->num_components; component++) {
    for (int coefficient = 0; coefficient < DCTSIZE2; coefficient++) {
      if (codec->coef_bits[component][coefficient] != 0) return 1;
    }
  }
  return 0;
}

cjpeg_status cjpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t denominator, uint8_t *pixels,
    size_t pixel_count, char *text) {
  struct jpeg_decompress_struct codec;
  error_manager errors;
  struct jpeg_progress_mgr progress;
  uint8_t *volatile row = NULL;
  prepare(&codec, &errors, text);
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&codec);
    free(row);
    return errors.ended_early ? CJPEG_TRUNCATED : CJPEG_MALFORMED;
  }
  open_jpeg(&codec, bytes, count);
  memset(&progress, 0, sizeof progress);
  progress.progress_monitor = on_progress;
  codec.progress = &progress;
  codec.scale_num = 1;
  codec.scale_denom = denominator;
  int has_inks = codec.num_components == 4;
  codec.out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&codec);
  size_t width = codec.output_width;
  if (width * codec.output_height * 3 != pixel_count) {
    snprintf(text, CJPEG_TEXT_SIZE, "the pixels do not fit the header");
    longjmp(errors.escape, 1);
  }
  if (has_inks) {
    row = malloc(4 * width);
    if (!row) {
      snprintf(text, CJPEG_TEXT_SIZE, "no memory for a row");
      longjmp(errors.escape, 1);
    }
  }
  while (codec.output_scanline < codec.output_height) {
    uint8_t *target = pixels + (size_t)codec.output_scanline * width * 3;
    JSAMPROW rows[1] = {has_inks ? row : target};
    jpeg_read_scanlines(&codec, rows, 1);
    if (has_inks) convert_inks(row, target, width, codec.saw_Adobe_marker);
  }
  int lacks_scans = errors.ended_early && lacks_detail(&codec);
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  free(row);
  if (lacks_scans) return CJPEG_TRUNCATED;
  // A file that lacks nothing but its end marker is whole: then no bit had to be invented.
  if (errors.ran_short) return errors.ended_early ? CJPEG_TRUNCATED : CJPEG_CORRUPT;
  return errors.was_corrupt ? CJPEG_CORRUPT : CJPEG_OK;
}

// jpeg_mem_dest leaves its caller a freed pointer when an error comes after the buffer grew; here
// the output always owns its bytes.
typedef struct {
  struct jpeg_destination_mgr base;
  cjpeg_output *output;
} destination;

static void make_room(j_compress_ptr codec) {
  destination *target = (destination *)codec->dest;
  cjpeg_output *output = target->output;
  size_t capacity = 2 * output->capacity + 16384;
  uint8_t *larger = realloc(output->bytes, capacity);
  if (!larger) ERREXIT1(codec, JERR_OUT_OF_MEMORY, 0);
  output->bytes = larger;
  output->capacity = capacity;
  target->base.next_output_byte = larger + output->count;
  target->base.free_in_buffer = capacity - output->count;
}

static void on_start(j_compress_ptr codec) { make_room(codec); }

static boolean on_full(j_compress_ptr codec) {
  // libjpeg calls this with the whole room used, whatever free_in_buffer says by then.
  destination *target = (destination *)codec->dest;
  target->output->count = target->output->capacity;
  make_room(codec);
  return TRUE;
}

static void on_end(j_compress_ptr codec) {
  destination *target = (destination *)codec->dest;
  target->output->count = target->output->capacity - target->base.free_in_buffer;
}

cjpeg_status cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, cjpeg_output *output,
    char *text) {
  struct jpeg_compress_struct codec;
  error_manager errors;
  memset(&codec, 0, sizeof codec);
  codec.err = catching(&errors, text);
  if (setjmp(errors.escape)) {
    jpeg_destroy_compress(&codec);
    return CJPEG_MALFORMED;
  }
  jpeg_create_compress(&codec);
  destination target = {{NULL, 0, on_start, on_full, on_end}, output};
  codec.dest = &target.base;
  codec.image_width = width;
  codec.image_height = height;
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  codec.optimize_coding = TRUE;
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < height) {
    JSAMPROW rows[1] = {(JSAMPROW)(pixels + (size_t)codec.next_scanline * width * 3)};
    jpeg_write_scanlines(&codec, rows, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return CJPEG_OK;
}

void cjpeg_free(cjpeg_output *output) {
  free(output->bytes);
  memset(output, 0, sizeof *output);
}
