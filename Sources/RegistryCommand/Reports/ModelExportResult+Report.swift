internal import Presentation
internal import RegistryKit

extension ModelExportResult {
  /// What was written, for people.
  func report(_ style: Style) -> String {
    style("\(model)@\(version)".safeForTerminal, .heading)
      + " written to \(path.safeForTerminal)\n"
      + "  \(Quantity.count(tensors, "tensor")), \(Quantity.bytes(bytes)), \(format)\n"
      + "  SHA-256 \(digest)\n"
  }
}
