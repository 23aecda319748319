import COneDNN
import Diagnostics

/// Extents and their order in memory.
final class MemoryDescriptor {
  let handle: onednn_memory_desc_t

  /// Takes over a descriptor that the library made.
  init(owning handle: onednn_memory_desc_t) { self.handle = handle }

  /// Numbers of these extents in the order that `tag` names, for example `dnnl_nchw`;
  /// `dnnl_format_tag_any` lets a primitive choose.
  init(_ extents: [Int], _ tag: dnnl_format_tag_t) throws(RegistryError) {
    var created: onednn_memory_desc_t?
    try check(
      onednn_memory_desc_create(&created, Int32(extents.count), extents.map(Int64.init), tag),
      "memory of the shape \(extents)")
    guard let created else { preconditionFailure("success gives a descriptor") }
    handle = created
  }

  deinit { onednn_memory_desc_destroy(handle) }

  /// The bytes that it spans, with the padding of blocked layouts.
  var byteCount: Int { onednn_memory_desc_get_size(handle) }

  /// Whether both mean the same numbers at the same places.
  func isEqual(to other: MemoryDescriptor) -> Bool {
    onednn_memory_desc_equal(handle, other.handle) != 0
  }
}
