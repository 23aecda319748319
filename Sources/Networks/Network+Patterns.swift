package import Diagnostics

extension Network {
  /// The names of the layers with tensors that fit a pattern of ``LayerPattern``, in the network's
  /// order.
  ///
  /// - Parameters:
  ///   - pattern: A name, with wildcards or without.
  ///   - subject: The model whose network it is, for the message.
  /// - Returns: At least one name.
  /// - Throws: `unknown_layer`, which lists the nearest names, when none fits.
  package func layerNames(
    matching pattern: String, of subject: String
  ) throws(RegistryError) -> [String] {
    let glob = LayerPattern(pattern)
    let names = layersWithTensors.map(\.name).filter(glob.matches)
    guard !names.isEmpty else { throw unknownLayer(pattern, of: subject) }
    return names
  }

  /// The names of the layers up to that one, or up to the last of that block, in the network's order.
  ///
  /// - Throws: `unknown_layer`, which lists the nearest names.
  package func layerNames(
    upTo layer: String, of subject: String
  ) throws(RegistryError) -> [String] {
    let names = layers.map(\.name)
    guard
      let end = names.firstIndex(of: layer) ?? names.lastIndex(where: { $0.hasPrefix("\(layer).") })
    else { throw unknownLayer(layer, of: subject) }
    return Array(names[...end])
  }

  private func unknownLayer(_ name: String, of subject: String) -> RegistryError {
    let nearest = (layersWithTensors.map(\.name) + blockPatterns).nearest(to: name, count: 3)
    return RegistryError(
      .unknownLayer, "\(subject) has no layer \(name).",
      place: Place(layer: name, subject: subject),
      remedy: "The nearest are \(nearest.joined(separator: ", ")). `registry models \(subject)` "
        + "lists the layers; * stands for any number of characters.")
  }

  /// Patterns for all layers that begin alike, as `layer4.*`, each once.
  private var blockPatterns: [String] {
    var seen: Set<String> = []
    return layersWithTensors.flatMap { layer in
      let parts = layer.name.split(separator: ".")
      return (1..<max(parts.count, 1)).map { parts[..<$0].joined(separator: ".") + ".*" }
    }.filter { seen.insert($0).inserted }
  }
}

extension RegistryError.Code {
  /// A network has no layer of that name.
  package static let unknownLayer = Self("unknown_layer", .notFound)
}
