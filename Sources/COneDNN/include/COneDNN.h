// oneDNN's C API in the shape of version 3, on version 2 too: memory descriptors are opaque and
// owned, and primitive descriptors are made in one call. Every function returns the library's
// status, which the caller must check.
#ifndef REGISTRY_CONEDNN_H
#define REGISTRY_CONEDNN_H

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

// The OpenMP runtime that Debian's oneDNN runs on. Own kernels join its team of threads.
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);
extern int omp_get_thread_num(void);
extern int omp_get_num_procs(void);
extern void GOMP_parallel(
    void (*body)(void *), void *context, unsigned threads, unsigned flags);

#if DNNL_VERSION_MAJOR < 3

/// A memory descriptor on the heap.
typedef struct onednn_memory_desc_opaque *onednn_memory_desc_t;

static inline const dnnl_memory_desc_t *onednn_value(onednn_memory_desc_t descriptor) {
  return (const dnnl_memory_desc_t *)descriptor;
}

static inline dnnl_status_t onednn_memory_desc_clone(
    onednn_memory_desc_t *clone, const dnnl_memory_desc_t *original) {
  dnnl_memory_desc_t *copy = (dnnl_memory_desc_t *)malloc(sizeof *copy);
  if (!copy) return dnnl_out_of_memory;
  *copy = *original;
  *clone = (onednn_memory_desc_t)copy;
  return dnnl_success;
}

static inline dnnl_status_t onednn_memory_desc_create(
    onednn_memory_desc_t *descriptor, int rank, const int64_t *extents, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t value;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&value, rank, extents, dnnl_f32, tag);
  return status == dnnl_success ? onednn_memory_desc_clone(descriptor, &value) : status;
}

static inline void onednn_memory_desc_destroy(onednn_memory_desc_t descriptor) {
  free(descriptor);
}

static inline size_t onednn_memory_desc_get_size(onednn_memory_desc_t descriptor) {
  return dnnl_memory_desc_get_size(onednn_value(descriptor));
}

static inline int onednn_memory_desc_equal(onednn_memory_desc_t one, onednn_memory_desc_t other) {
  return dnnl_memory_desc_equal(onednn_value(one), onednn_value(other));
}

static inline dnnl_status_t onednn_primitive_desc_clone_md(
    const_dnnl_primitive_desc_t primitive, dnnl_query_t what, int index,
    onednn_memory_desc_t *descriptor) {
  const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(primitive, what, index);
  return found ? onednn_memory_desc_clone(descriptor, found) : dnnl_invalid_arguments;
}

static inline dnnl_status_t onednn_memory_create(
    dnnl_memory_t *memory, onednn_memory_desc_t descriptor, dnnl_engine_t engine, void *data) {
  return dnnl_memory_create(memory, onednn_value(descriptor), engine, data);
}

static inline dnnl_status_t onednn_post_ops_append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1.0f);
}

static inline dnnl_status_t onednn_post_ops_append_eltwise(
    dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(operations, 1.0f, kind, alpha, beta);
}

static inline dnnl_status_t onednn_convolution_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t source, onednn_memory_desc_t weights, onednn_memory_desc_t bias,
    onednn_memory_desc_t destination, const int64_t *strides, const int64_t *dilations,
    const int64_t *paddingBefore, const int64_t *paddingAfter,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t description;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &description, propagation, dnnl_convolution_direct, onednn_value(source),
      onednn_value(weights), onednn_value(bias), onednn_value(destination), strides, dilations,
      paddingBefore, paddingAfter);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_pooling_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    dnnl_alg_kind_t kind, onednn_memory_desc_t source, onednn_memory_desc_t destination,
    const int64_t *strides, const int64_t *kernel, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_desc_t description;
  dnnl_status_t status = dnnl_pooling_forward_desc_init(
      &description, propagation, kind, onednn_value(source), onednn_value(destination), strides,
      kernel, paddingBefore, paddingAfter);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_eltwise_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    dnnl_alg_kind_t kind, onednn_memory_desc_t source, onednn_memory_desc_t destination,
    float alpha, float beta, const_dnnl_primitive_attr_t attributes) {
  // Version 2 has one descriptor for both sides.
  if (!onednn_memory_desc_equal(source, destination)) return dnnl_unimplemented;
  dnnl_eltwise_desc_t description;
  dnnl_status_t status = dnnl_eltwise_forward_desc_init(
      &description, propagation, kind, onednn_value(source), alpha, beta);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_binary_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t first, onednn_memory_desc_t second, onednn_memory_desc_t destination,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_binary_desc_t description;
  dnnl_status_t status = dnnl_binary_desc_init(
      &description, kind, onednn_value(first), onednn_value(second), onednn_value(destination));
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_reorder_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t destination, const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(
      primitive, onednn_value(source), engine, onednn_value(destination), engine, attributes);
}

#else

typedef dnnl_memory_desc_t onednn_memory_desc_t;

static inline dnnl_status_t onednn_memory_desc_create(
    onednn_memory_desc_t *descriptor, int rank, const int64_t *extents, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag(descriptor, rank, extents, dnnl_f32, tag);
}

static inline void onednn_memory_desc_destroy(onednn_memory_desc_t descriptor) {
  dnnl_memory_desc_destroy(descriptor);
}

static inline size_t onednn_memory_desc_get_size(onednn_memory_desc_t descriptor) {
  return dnnl_memory_desc_get_size(descriptor);
}

static inline int onednn_memory_desc_equal(onednn_memory_desc_t one, onednn_memory_desc_t other) {
  return dnnl_memory_desc_equal(one, other);
}

static inline dnnl_status_t onednn_primitive_desc_clone_md(
    const_dnnl_primitive_desc_t primitive, dnnl_query_t what, int index,
    onednn_memory_desc_t *descriptor) {
  const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(primitive, what, index);
  return found ? dnnl_memory_desc_clone(descriptor, found) : dnnl_invalid_arguments;
}

static inline dnnl_status_t onednn_memory_create(
    dnnl_memory_t *memory, onednn_memory_desc_t descriptor, dnnl_engine_t engine, void *data) {
  return dnnl_memory_create(memory, descriptor, engine, data);
}

static inline dnnl_status_t onednn_post_ops_append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef);
}

static inline dnnl_status_t onednn_post_ops_append_eltwise(
    dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(operations, kind, alpha, beta);
}

static inline dnnl_status_t onednn_convolution_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t source, onednn_memory_desc_t weights, onednn_memory_desc_t bias,
    onednn_memory_desc_t destination, const int64_t *strides, const int64_t *dilations,
    const int64_t *paddingBefore, const int64_t *paddingAfter,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_convolution_forward_primitive_desc_create(
      primitive, engine, propagation, dnnl_convolution_direct, source, weights, bias, destination,
      strides, dilations, paddingBefore, paddingAfter, attributes);
}

static inline dnnl_status_t onednn_pooling_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    dnnl_alg_kind_t kind, onednn_memory_desc_t source, onednn_memory_desc_t destination,
    const int64_t *strides, const int64_t *kernel, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_attr_t attributes) {
  const int64_t dilations[2] = {0, 0};
  return dnnl_pooling_forward_primitive_desc_create(
      primitive, engine, propagation, kind, source, destination, strides, kernel, dilations,
      paddingBefore, paddingAfter, attributes);
}

static inline dnnl_status_t onednn_eltwise_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    dnnl_alg_kind_t kind, onednn_memory_desc_t source, onednn_memory_desc_t destination,
    float alpha, float beta, const_dnnl_primitive_attr_t attributes) {
  return dnnl_eltwise_forward_primitive_desc_create(
      primitive, engine, propagation, kind, source, destination, alpha, beta, attributes);
}

static inline dnnl_status_t onednn_binary_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t first, onednn_memory_desc_t second, onednn_memory_desc_t destination,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_binary_primitive_desc_create(
      primitive, engine, kind, first, second, destination, attributes);
}

static inline dnnl_status_t onednn_reorder_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t destination, const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(
      primitive, source, engine, destination, engine, attributes);
}

#endif

#include "COneDNNGradients.h"

/// Whether the processor has the AVX-512 instructions that blocks of 16 channels need.
static inline int onednn_has_avx512(void) {
  unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
  return (isa & (unsigned)dnnl_cpu_isa_avx512_core) == (unsigned)dnnl_cpu_isa_avx512_core;
}

#endif
