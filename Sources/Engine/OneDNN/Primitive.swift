import COneDNN
import Diagnostics

/// The choice of an implementation for an operation on certain layouts; nothing is compiled yet.
final class PrimitiveDescriptor {
  let handle: dnnl_primitive_desc_t

  /// Lets `create` make the descriptor in the room that it is given; `work` says what for.
  ///
  /// - Throws: What ``check(_:_:)`` throws.
  init(
    _ work: @autoclosure () -> String,
    _ create: (UnsafeMutablePointer<dnnl_primitive_desc_t?>) -> dnnl_status_t
  ) throws(RegistryError) {
    var created: dnnl_primitive_desc_t?
    try check(create(&created), work())
    guard let created else { preconditionFailure("success gives a descriptor") }
    handle = created
  }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// The library's name for the implementation, for example `jit:avx2` or `ref:any`.
  var implementation: String {
    var text: UnsafePointer<CChar>?
    guard dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &text) == dnnl_success,
      let text
    else { return "" }
    return String(cString: text)
  }

  /// Whether it is a loop that was written for clarity, not for speed.
  var isReference: Bool { implementation.contains("ref") }

  /// The layout that it chose or was given, for example of `dnnl_query_weights_md`.
  func layout(_ what: dnnl_query_t, _ index: Int = 0) throws(RegistryError) -> MemoryDescriptor {
    var found: onednn_memory_desc_t?
    try check(
      onednn_primitive_desc_clone_md(handle, what, Int32(index), &found), "a memory descriptor")
    guard let found else { preconditionFailure("success gives a descriptor") }
    return MemoryDescriptor(owning: found)
  }
}

/// A compiled operation.
///
/// Executing it changes nothing in it: threads may share it.
final class Primitive {
  let handle: dnnl_primitive_t
  let implementation: String
  /// Bytes that it needs for itself while it runs.
  let scratchpad: MemoryDescriptor

  init(_ descriptor: PrimitiveDescriptor) throws(RegistryError) {
    implementation = descriptor.implementation
    scratchpad = try descriptor.layout(dnnl_query_scratchpad_md)
    var created: dnnl_primitive_t?
    try check(dnnl_primitive_create(&created, descriptor.handle), "a primitive")
    guard let created else { preconditionFailure("success gives a primitive") }
    handle = created
  }

  deinit { dnnl_primitive_destroy(handle) }
}
