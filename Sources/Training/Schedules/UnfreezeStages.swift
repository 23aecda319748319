package import Diagnostics
package import Networks

/// Layers that begin to train after some epochs, the last ones first
/// (Howard and Ruder, "Universal language model fine-tuning", 2018, arXiv:1801.06146).
package struct UnfreezeStages: Codable, Hashable, Sendable {
  /// Layers that begin to train together.
  package struct Stage: Codable, Hashable, Sendable {
    /// How many epochs run before.
    package let epoch: Int
    /// The layers, in the network's order.
    package let layers: [String]
  }

  /// The earliest first; no layer is in two of them.
  package let stages: [Stage]

  /// The stages that some arguments name, each `GLOB` or `GLOB@EPOCH`.
  ///
  /// Without an epoch the layers train from the start, as with `@0`. A layer that several globs
  /// match begins with the earliest.
  ///
  /// - Parameters:
  ///   - arguments: The values of `--unfreeze`.
  ///   - network: The network whose layers they name.
  ///   - subject: The model whose network it is, for messages.
  ///   - epochs: How many epochs the run has at most; every stage must begin before.
  /// - Throws: `malformed_unfreezing` for an epoch that is no whole number or is too late,
  ///   `unknown_layer` for a glob that fits no layer with tensors.
  package init(
    arguments: [String], network: Network, subject: String, epochs: Int
  ) throws(RegistryError) {
    var starts: [String: Int] = [:]
    for argument in arguments {
      let (glob, epoch) = try Self.parse(argument, epochs: epochs)
      for layer in try network.layerNames(matching: glob, of: subject) {
        starts[layer] = min(starts[layer] ?? epoch, epoch)
      }
    }
    let layers = network.layersWithTensors.map(\.name)
    let byEpoch = Dictionary(grouping: layers.filter { starts[$0] != nil }) { starts[$0] ?? 0 }
    stages = byEpoch.sorted { $0.key < $1.key }.map { Stage(epoch: $0.key, layers: $0.value) }
  }

  private static func parse(
    _ argument: String, epochs: Int
  ) throws(RegistryError) -> (glob: String, epoch: Int) {
    func malformed(_ message: String, _ remedy: String) -> RegistryError {
      RegistryError(
        .malformedUnfreezing, message, place: .subject("--unfreeze"), remedy: remedy)
    }
    var glob = argument
    var epoch = 0
    if let mark = argument.lastIndex(of: "@") {
      glob = String(argument[..<mark])
      let text = argument[argument.index(after: mark)...]
      guard let number = Int(text), number >= 0 else {
        throw malformed(
          "\(argument) does not say after how many epochs the layers begin to train.",
          "Write it as layer4.*@2: a glob, @, and a whole number.")
      }
      epoch = number
    }
    guard !glob.isEmpty else {
      throw malformed(
        "\(argument.isEmpty ? "An empty text" : argument) names no layers.",
        "Write it as layer4.*@2: a glob, @, and a whole number.")
    }
    guard epoch < epochs else {
      throw malformed(
        "\(glob) is to train after \(epoch) epochs, and there are \(epochs) in all.",
        "Ask for more epochs, or let the layers begin to train earlier.")
    }
    return (glob, epoch)
  }

  /// The layers that one of the stages names, now or later: a freeze plan must let them train.
  package var layers: Set<String> { Set(stages.flatMap(\.layers)) }

  /// The layers that are still frozen after `epoch` epochs.
  ///
  /// Layers that no stage names are not among them: the freeze plan alone decides about those.
  package func frozenLayers(inEpoch epoch: Int) -> Set<String> {
    Set(stages.filter { $0.epoch > epoch }.flatMap(\.layers))
  }
}

extension RegistryError.Code {
  /// An argument for gradual unfreezing is not `GLOB` or `GLOB@EPOCH`, or its epoch never comes.
  package static let malformedUnfreezing = Self("malformed_unfreezing", .usage)
}
