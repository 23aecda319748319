import COneDNN
import Diagnostics

/// The processor, as oneDNN's "engine": what primitives and memory are made for.
final class Device {
  let handle: dnnl_engine_t

  init() throws(RegistryError) {
    var created: dnnl_engine_t?
    try check(dnnl_engine_create(&created, dnnl_cpu, 0), "on the processor")
    guard let created else { preconditionFailure("success gives an engine") }
    handle = created
  }

  deinit { dnnl_engine_destroy(handle) }

  /// The version of the library in this process, for example `2.6.3`.
  static var libraryVersion: String {
    guard let version = dnnl_version()?.pointee else { return "" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// How many channels stand together in a blocked layout: the floats of one vector register.
  static let channelBlock = onednn_has_avx512() != 0 ? 16 : 8
}

/// An order of execution: a queue that one thread at a time may use.
final class Stream {
  let handle: dnnl_stream_t

  init(_ device: Device) throws(RegistryError) {
    var created: dnnl_stream_t?
    try check(
      dnnl_stream_create(&created, device.handle, UInt32(dnnl_stream_default_flags.rawValue)),
      "a stream")
    guard let created else { preconditionFailure("success gives a stream") }
    handle = created
  }

  deinit { dnnl_stream_destroy(handle) }
}
