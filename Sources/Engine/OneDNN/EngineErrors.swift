import COneDNN
package import Diagnostics

extension RegistryError.Code {
  /// The compute library refused a kernel or failed in it.
  package static let engineFailed = Self("engine_failed", .internal)
  /// The processor or the installed compute library lacks what a network needs.
  package static let engineUnavailable = Self("engine_unavailable", .unavailable)
}

/// Throws when a call of oneDNN did not succeed; `work` is what was tried, as `a convolution`.
///
/// - Throws: `engine_unavailable` when this processor or version cannot do it, else
///   `engine_failed`.
func check(
  _ status: dnnl_status_t, _ work: @autoclosure () -> String
) throws(RegistryError) {
  switch status {
  case dnnl_success: return
  case dnnl_unimplemented:
    throw RegistryError(
      .engineUnavailable, "oneDNN \(Device.libraryVersion) cannot compute \(work()) here.",
      remedy: "Install a newer oneDNN, or run on a processor with AVX2.")
  default:
    throw RegistryError(
      .engineFailed,
      "oneDNN \(Device.libraryVersion) failed in \(work()) with status \(status.rawValue).")
  }
}
