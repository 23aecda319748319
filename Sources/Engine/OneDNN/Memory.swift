import COneDNN
import Diagnostics
private import Glibc

/// A place in memory that primitives read and write; somebody else owns its bytes.
final class Memory {
  let handle: dnnl_memory_t

  /// A place at `data`, or where ``point(at:)`` tells later.
  ///
  /// - Throws: What ``check(_:_:)`` throws.
  init(
    _ descriptor: MemoryDescriptor, _ device: Device, at data: UnsafeMutableRawPointer?
  ) throws(RegistryError) {
    var created: dnnl_memory_t?
    try check(
      onednn_memory_create(&created, descriptor.handle, device.handle, data), "a memory object")
    guard let created else { preconditionFailure("success gives a memory object") }
    handle = created
  }

  deinit { dnnl_memory_destroy(handle) }

  /// Lets it mean other bytes, laid out alike.
  ///
  /// - Returns: What the library says; nothing is allocated.
  func point(at data: UnsafeMutableRawPointer) -> dnnl_status_t {
    dnnl_memory_set_data_handle(handle, data)
  }
}

/// Zeroed bytes of its own, aligned for vector registers.
final class AlignedBytes {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mappedByteCount: Int

  private static let pageByteCount = 4096
  /// What x86-64 and AArch64 call a huge page.
  private static let hugePageByteCount = 2 << 20

  /// - Throws: `engine_failed` when the system has no memory left.
  init(byteCount: Int) throws(RegistryError) {
    let isLarge = byteCount >= Self.hugePageByteCount
    let unit = isLarge ? Self.hugePageByteCount : Self.pageByteCount
    let size = (max(byteCount, 1) + unit - 1) / unit * unit
    // One unit more, so that a multiple of it lies inside.
    let reserved = isLarge ? size + unit : size
    guard
      let mapping = mmap(
        nil, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED
    else {
      throw RegistryError(
        .engineFailed, "The system gave no \(byteCount) bytes of memory for a network.",
        remedy: "Free memory, or use fewer threads.")
    }
    let address = UInt(bitPattern: mapping)
    let ahead = isLarge ? Int((UInt(unit) - address % UInt(unit)) % UInt(unit)) : 0
    if ahead > 0 { munmap(mapping, ahead) }
    base = mapping + ahead
    let behind = reserved - ahead - size
    if behind > 0 { munmap(base + size, behind) }
    // One page fault for 2 MiB instead of 512; a system that refuses works all the same.
    if isLarge { madvise(base, size, Int32(MADV_HUGEPAGE)) }
    self.byteCount = byteCount
    mappedByteCount = size
  }

  deinit { munmap(base, mappedByteCount) }
}
