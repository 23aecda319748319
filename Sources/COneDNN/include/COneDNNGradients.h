// What training needs of oneDNN's C API, in the shape of version 3, on version 2 too. Included by
// COneDNN.h, which says what the functions have in common.
#ifndef REGISTRY_CONEDNN_GRADIENTS_H
#define REGISTRY_CONEDNN_GRADIENTS_H

#if DNNL_VERSION_MAJOR < 3

/// Whether the gradient of a batch normalization is given the shift, which it does not need.
#define ONEDNN_NORM_GRADIENT_TAKES_SHIFT 1

static inline dnnl_status_t onednn_convolution_backward_data_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t sourceGradient,
    onednn_memory_desc_t weights, onednn_memory_desc_t destinationGradient,
    const int64_t *strides, const int64_t *dilations, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t description;
  dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &description, dnnl_convolution_direct, onednn_value(sourceGradient), onednn_value(weights),
      onednn_value(destinationGradient), strides, dilations, paddingBefore, paddingAfter);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_convolution_backward_weights_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t weightGradient, onednn_memory_desc_t biasGradient,
    onednn_memory_desc_t destinationGradient, const int64_t *strides, const int64_t *dilations,
    const int64_t *paddingBefore, const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t description;
  dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &description, dnnl_convolution_direct, onednn_value(source), onednn_value(weightGradient),
      onednn_value(biasGradient), onednn_value(destinationGradient), strides, dilations,
      paddingBefore, paddingAfter);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_inner_product_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t source, onednn_memory_desc_t weights, onednn_memory_desc_t bias,
    onednn_memory_desc_t destination, const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t description;
  dnnl_status_t status = dnnl_inner_product_forward_desc_init(
      &description, propagation, onednn_value(source), onednn_value(weights), onednn_value(bias),
      onednn_value(destination));
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_inner_product_backward_data_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t sourceGradient,
    onednn_memory_desc_t weights, onednn_memory_desc_t destinationGradient,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t description;
  dnnl_status_t status = dnnl_inner_product_backward_data_desc_init(
      &description, onednn_value(sourceGradient), onednn_value(weights),
      onednn_value(destinationGradient));
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_inner_product_backward_weights_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t weightGradient, onednn_memory_desc_t biasGradient,
    onednn_memory_desc_t destinationGradient, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t description;
  dnnl_status_t status = dnnl_inner_product_backward_weights_desc_init(
      &description, onednn_value(source), onednn_value(weightGradient),
      onednn_value(biasGradient), onednn_value(destinationGradient));
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_batch_normalization_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t data, float epsilon, unsigned flags,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_batch_normalization_desc_t description;
  dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
      &description, propagation, onednn_value(data), epsilon, flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_batch_normalization_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t gradient, onednn_memory_desc_t data, float epsilon, unsigned flags,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  dnnl_batch_normalization_desc_t description;
  dnnl_status_t status = dnnl_batch_normalization_backward_desc_init(
      &description, propagation, onednn_value(gradient), onednn_value(data), epsilon, flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_pooling_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t sourceGradient, onednn_memory_desc_t destinationGradient,
    const int64_t *strides, const int64_t *kernel, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_desc_t description;
  dnnl_status_t status = dnnl_pooling_backward_desc_init(
      &description, kind, onednn_value(sourceGradient), onednn_value(destinationGradient), strides,
      kernel, paddingBefore, paddingAfter);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

static inline dnnl_status_t onednn_eltwise_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t gradient, onednn_memory_desc_t data, float alpha, float beta,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  dnnl_eltwise_desc_t description;
  dnnl_status_t status = dnnl_eltwise_backward_desc_init(
      &description, kind, onednn_value(gradient), onednn_value(data), alpha, beta);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(primitive, &description, attributes, engine, forward);
}

#else

#define ONEDNN_NORM_GRADIENT_TAKES_SHIFT 0

static inline dnnl_status_t onednn_convolution_backward_data_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t sourceGradient,
    onednn_memory_desc_t weights, onednn_memory_desc_t destinationGradient,
    const int64_t *strides, const int64_t *dilations, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_convolution_backward_data_primitive_desc_create(
      primitive, engine, dnnl_convolution_direct, sourceGradient, weights, destinationGradient,
      strides, dilations, paddingBefore, paddingAfter, forward, attributes);
}

static inline dnnl_status_t onednn_convolution_backward_weights_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t weightGradient, onednn_memory_desc_t biasGradient,
    onednn_memory_desc_t destinationGradient, const int64_t *strides, const int64_t *dilations,
    const int64_t *paddingBefore, const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_convolution_backward_weights_primitive_desc_create(
      primitive, engine, dnnl_convolution_direct, source, weightGradient, biasGradient,
      destinationGradient, strides, dilations, paddingBefore, paddingAfter, forward, attributes);
}

static inline dnnl_status_t onednn_inner_product_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t source, onednn_memory_desc_t weights, onednn_memory_desc_t bias,
    onednn_memory_desc_t destination, const_dnnl_primitive_attr_t attributes) {
  return dnnl_inner_product_forward_primitive_desc_create(
      primitive, engine, propagation, source, weights, bias, destination, attributes);
}

static inline dnnl_status_t onednn_inner_product_backward_data_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t sourceGradient,
    onednn_memory_desc_t weights, onednn_memory_desc_t destinationGradient,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  return dnnl_inner_product_backward_data_primitive_desc_create(
      primitive, engine, sourceGradient, weights, destinationGradient, forward, attributes);
}

static inline dnnl_status_t onednn_inner_product_backward_weights_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, onednn_memory_desc_t source,
    onednn_memory_desc_t weightGradient, onednn_memory_desc_t biasGradient,
    onednn_memory_desc_t destinationGradient, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_inner_product_backward_weights_primitive_desc_create(
      primitive, engine, source, weightGradient, biasGradient, destinationGradient, forward,
      attributes);
}

static inline dnnl_status_t onednn_batch_normalization_forward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t data, float epsilon, unsigned flags,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_batch_normalization_forward_primitive_desc_create(
      primitive, engine, propagation, data, data, epsilon, flags, attributes);
}

static inline dnnl_status_t onednn_batch_normalization_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_prop_kind_t propagation,
    onednn_memory_desc_t gradient, onednn_memory_desc_t data, float epsilon, unsigned flags,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  return dnnl_batch_normalization_backward_primitive_desc_create(
      primitive, engine, propagation, gradient, gradient, data, epsilon, flags, forward,
      attributes);
}

static inline dnnl_status_t onednn_pooling_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t sourceGradient, onednn_memory_desc_t destinationGradient,
    const int64_t *strides, const int64_t *kernel, const int64_t *paddingBefore,
    const int64_t *paddingAfter, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attributes) {
  const int64_t dilations[2] = {0, 0};
  return dnnl_pooling_backward_primitive_desc_create(
      primitive, engine, kind, sourceGradient, destinationGradient, strides, kernel, dilations,
      paddingBefore, paddingAfter, forward, attributes);
}

static inline dnnl_status_t onednn_eltwise_backward_create(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind,
    onednn_memory_desc_t gradient, onednn_memory_desc_t data, float alpha, float beta,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  return dnnl_eltwise_backward_primitive_desc_create(
      primitive, engine, kind, gradient, gradient, data, alpha, beta, forward, attributes);
}

#endif

#endif
