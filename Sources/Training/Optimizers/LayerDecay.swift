package import Networks

/// Learning rates that fall from the head down to the stem, block by block, as ELECTRA
/// (Clark et al., 2020, arXiv:2003.10555) and BEiT (Bao et al., 2022, arXiv:2106.08254) fine-tune.
///
/// Blocks are told by the layers' names. Read from the left, a name's block ends with
/// - a number behind a plural that holds numbered parts (`features`, `layers`, `blocks`, `stages`),
///   or directly behind another number or numbered word: `features.3`, `_blocks.5`, `blocks.2.1`;
/// - or a word with a digit that is about a layer, a block, a stage or an inception:
///   `layer1.0`, `encoder.layers.encoder_layer_3`, `features.denseblock1.denselayer2`.
///
/// The block goes on over such parts, with plurals between them (`stages.0.blocks.1`), up to the
/// first other word. The last part of a name is the layer within its block and counts only when
/// there is no part before it that does: `features.0.1` is in `features.0`, and VGG's `features.3`
/// is a block of its own. A layer that bears the name of a block belongs to it.
///
/// Where blocks are parts of stages, what else a stage has, such as a downsampling, belongs to the
/// first of them. Layers without a block belong to the block before them, and the first ones are the
/// stem. The groups of timm's `param_groups_layer_decay` are these, but for norms behind the last
/// block, which some of its models count to the head.
package struct LayerDecay: Hashable, Sendable {
  /// A part of the network with one learning rate.
  package struct Block: Hashable, Sendable {
    /// What its layers' names begin with; `stem` and `head` at the ends.
    package let name: String
    /// The layers with tensors, in the network's order.
    package fileprivate(set) var layers: [String]
  }

  /// The stem, the blocks in the order of their first layers, and the head.
  package private(set) var blocks: [Block]

  /// The blocks of a network.
  package init(of network: Network) {
    self.init(layers: network.layersWithTensors.map(\.name), head: Set(network.head.map(\.name)))
  }

  /// The blocks of layers with these names, in the network's order, of which some are the head.
  init(layers: [String], head: Set<String>) {
    let body = layers.filter { !head.contains($0) }
    let names = body.compactMap(Self.block)
    let known = Set(names)
    // The first block of each stage that has blocks.
    var firstOfStage: [String: String] = [:]
    for stage in known {
      firstOfStage[stage] = names.first { $0.hasPrefix("\(stage).") }
    }
    blocks = [Block(name: "stem", layers: [])]
    var positions: [String: Int] = [:]
    var current = 0
    for layer in body {
      if let named = known.contains(layer) ? layer : Self.block(of: layer) {
        let block = firstOfStage[named] ?? named
        current = positions[block] ?? blocks.count
        positions[block] = current
        if current == blocks.count { blocks.append(Block(name: block, layers: [])) }
      }
      blocks[current].layers.append(layer)
    }
    if blocks[0].layers.isEmpty { blocks.removeFirst() }
    blocks.append(Block(name: "head", layers: layers.filter(head.contains)))
  }

  /// What the learning rate of each layer with tensors is multiplied by: 1 in the head, `decay` in
  /// the last block, `decay²` in the one before it, and so on.
  ///
  /// - Parameter decay: The ratio of neighbouring blocks' rates, in `0...1`, such as 0.75.
  /// - Returns: A number for each layer with tensors, by its name.
  package func multipliers(decay: Double) -> [String: Float] {
    var factor = 1.0
    var multipliers: [String: Float] = [:]
    for block in blocks.reversed() {
      for layer in block.layers { multipliers[layer] = Float(factor) }
      factor *= decay
    }
    return multipliers
  }

  private static let plurals: Set = ["features", "layers", "blocks", "stages", "_blocks"]
  private static let numberedWords = ["layer", "block", "stage", "inception"]

  /// The block that a layer's name tells; `nil` for names without numbered parts.
  static func block(of name: String) -> String? {
    let parts = name.split(separator: ".")
    var end: Int?
    for (index, part) in parts.enumerated() {
      let previous = index > 0 ? parts[index - 1] : ""
      if plurals.contains(String(part)) { continue }
      let isNumbered =
        part.allSatisfy(\.isNumber)
        ? plurals.contains(String(previous)) || (end != nil && end == index - 1)
        : part.contains(where: \.isNumber) && numberedWords.contains { part.contains($0) }
      if isNumbered {
        if index < parts.count - 1 || end == nil { end = index }
      } else if end != nil {
        break
      }
    }
    return end.map { parts[...$0].joined(separator: ".") }
  }
}
