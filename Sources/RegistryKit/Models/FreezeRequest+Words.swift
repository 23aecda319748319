private import Diagnostics

extension FreezeRequest {
  /// What to freeze from words: `backbone`, `none`, `up-to:LAYER`, or patterns of layer names.
  ///
  /// - Returns: `nil` when there are none.
  /// - Throws: `malformed_request`.
  package init?(words: [String]) throws {
    guard let first = words.first else { return nil }
    let isAlone = words.count == 1
    switch first {
    case "backbone" where isAlone: self = .backbone
    case "none" where isAlone: self = .none
    case _ where isAlone && first.hasPrefix("up-to:"):
      let layer = first.dropFirst("up-to:".count)
      guard !layer.isEmpty else {
        throw Self.malformed("up-to: needs the name of a layer, as in up-to:blocks.4.")
      }
      self = .upTo(layer: String(layer))
    default:
      let others = words.filter {
        $0 == "backbone" || $0 == "none" || $0.hasPrefix("up-to:") || $0.isEmpty
      }
      guard others.isEmpty else {
        throw Self.malformed("\(others[0]) cannot be given with other values.")
      }
      self = .globs(words)
    }
  }

  private static func malformed(_ message: String) -> RegistryError {
    RegistryError(
      .malformedRequest, "--freeze \(message)", place: .subject("--freeze"),
      remedy: "Give backbone, none, up-to:LAYER, or patterns of layers.")
  }
}
