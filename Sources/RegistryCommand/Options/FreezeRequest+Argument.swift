internal import ArgumentParser
internal import RegistryKit

extension FreezeRequest {
  /// What to freeze from the values of `--freeze`: `backbone`, `none`, `up-to:LAYER`, or patterns
  /// of layer names.
  ///
  /// - Returns: `nil` when the option was not given.
  init?(arguments: [String]) throws {
    guard let first = arguments.first else { return nil }
    let isAlone = arguments.count == 1
    switch first {
    case "backbone" where isAlone: self = .backbone
    case "none" where isAlone: self = .none
    case _ where isAlone && first.hasPrefix("up-to:"):
      let layer = first.dropFirst("up-to:".count)
      guard !layer.isEmpty else {
        throw ValidationError("--freeze up-to: needs the name of a layer, as in up-to:blocks.4.")
      }
      self = .upTo(layer: String(layer))
    default:
      let words = arguments.filter {
        $0 == "backbone" || $0 == "none" || $0.hasPrefix("up-to:") || $0.isEmpty
      }
      guard words.isEmpty else {
        throw ValidationError("--freeze \(words[0]) cannot be given with other values.")
      }
      self = .globs(arguments)
    }
  }
}
