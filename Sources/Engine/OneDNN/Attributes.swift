import COneDNN
import Diagnostics
import Networks

/// What a primitive does with a result before it writes it.
enum PostOperation {
  /// Adds what the destination holds.
  case sum
  case activation(Activation)
}

extension Activation {
  /// oneDNN's functions for it, applied one after the other, each with its two numbers.
  var algorithms: [(kind: dnnl_alg_kind_t, alpha: Float, beta: Float)] {
    switch self {
    case .relu: [(dnnl_eltwise_relu, 0, 0)]
    case .relu6: [(dnnl_eltwise_clip, 0, 6)]
    case .hardSwish: [(dnnl_eltwise_hardswish, 1 / 6, 1 / 2)]
    case .silu: [(dnnl_eltwise_swish, 1, 0)]
    case .gelu: [(dnnl_eltwise_gelu_erf, 0, 0)]
    case .sigmoid: [(dnnl_eltwise_logistic, 0, 0)]
    // Version 2.6 has none.
    case .hardSigmoid: [(dnnl_eltwise_linear, 1 / 6, 1 / 2), (dnnl_eltwise_clip, 0, 1)]
    }
  }
}

/// The post-operations of a primitive; its scratchpad is always the caller's.
final class Attributes {
  let handle: dnnl_primitive_attr_t

  init(_ operations: [PostOperation] = []) throws(RegistryError) {
    var created: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&created), "attributes")
    guard let created else { preconditionFailure("success gives attributes") }
    handle = created
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "attributes")
    guard !operations.isEmpty else { return }
    var list: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&list), "post-operations")
    defer { dnnl_post_ops_destroy(list) }
    for operation in operations {
      switch operation {
      case .sum: try check(onednn_post_ops_append_sum(list), "a sum")
      case .activation(let function):
        for (kind, alpha, beta) in function.algorithms {
          try check(onednn_post_ops_append_eltwise(list, kind, alpha, beta), function.rawValue)
        }
      }
    }
    try check(dnnl_primitive_attr_set_post_ops(handle, list), "post-operations")
  }

  deinit { dnnl_primitive_attr_destroy(handle) }
}
