package import Networks

/// Learning rates that fall from the head down to the stem, block by block, as ELECTRA
/// (Clark et al., 2020, arXiv:2003.10555) and BEiT (Bao et al., 2022, arXiv:2106.08254) fine-tune.
///
/// Blocks are told by the layers' names. Read from the left, a name's block ends with
/// - a number behind a plural that holds numbered parts (`features`, `layers`, `blocks`, `stages`),
///   or directly behind another number or numbered word: `features.3`, `_blocks.5`, `blocks.2.1`;
/// - or a word with a digit that is about a layer, a block, a stage, a transition or an inception:
///   `layer1.0`, `encoder.layers.encoder_layer_3`, `features.denseblock1.denselayer2`.
///
/// The block goes on over such parts, with plurals between them (`stages.0.blocks.1`), up to the
/// first other word. The last part of a name is the layer within its block and counts only when
/// there is no part before it that does: `features.0.1` is in `features.0`, and VGG's `features.3`
/// is a block of its own. A layer that bears the name of a block belongs to it.
///
/// Layers without a block belong to the block before them, as timm's final norms do, and the first
/// ones are the stem.
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
    let head = Set(network.head.map(\.name))
    let names = network.layersWithTensors.map(\.name)
    let bodies = names.filter { !head.contains($0) }
    let known = Set(bodies.compactMap(Self.block))
    blocks = [Block(name: "stem", layers: [])]
    var positions: [String: Int] = [:]
    var current = 0
    for name in bodies {
      if let block = known.contains(name) ? name : Self.block(of: name) {
        if let position = positions[block] {
          current = position
        } else {
          current = blocks.count
          positions[block] = current
          blocks.append(Block(name: block, layers: []))
        }
      }
      blocks[current].layers.append(name)
    }
    if blocks[0].layers.isEmpty { blocks.removeFirst() }
    blocks.append(Block(name: "head", layers: names.filter(head.contains)))
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
  private static let numberedWords = ["layer", "block", "stage", "transition", "inception"]

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
