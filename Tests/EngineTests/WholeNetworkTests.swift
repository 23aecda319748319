import Engine
import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// What `Golden/make-logits.py` computed of a network.
private let logits: [String: [Float]] = {
  do {
    let file = OperationCase.golden.appending(path: "logits.json")
    return try JSONDecoder().decode([String: [Float]].self, from: Data(contentsOf: file))
  } catch { fatalError("logits.json: \(error)") }
}()

/// Networks with hundreds of megabytes of weights in linear layers: only the convolutions are run.
private let isLarge: @Sendable (String) -> Bool = {
  $0.hasPrefix("vgg") || $0 == "alexnet"
}

// One after the other: each keeps two cores busy, and weights of all at once would fill the memory.
@Suite(.serialized)
struct WholeNetworkTests {
  @Test(arguments: logits.keys.sorted())
  func `a network computes what its library does`(name: String) throws {
    let expected = try #require(logits[name])
    let architecture = try Architecture.named(name)
    let network = architecture.network(labels: expected.count)
    var layers = network.layers
    var input = architecture.inputShape
    if isLarge(name) {
      let flatten = try #require(layers.firstIndex { $0.operation == .flatten })
      layers =
        layers[..<flatten] + [
          Layer("mean", .globalAveragePool, inputs: [layers[flatten - 1].name]),
          Layer("flatten", .flatten, inputs: ["mean"]),
        ]
      input = [3, 96, 96]
    }
    if name == "vit_b_16" { layers = withTwoBlocks(layers) }
    var recipe = Recipe(seed: name.utf8.reduce(0) { $0 + UInt64($1) })
    let tensors = recipe.tensorsByName(of: layers)
    let image = recipe.images(1, input)
    let compiled = try InferenceNetwork(
      layers: layers, input: input, tensors: tensors, batchSize: 1, threads: 1)
    let found = try compiled.outputs(of: image)
    #expect(relativeDifference(Array(found.prefix(expected.count)), expected) < 1e-4)
    for kernel in compiled.kernels {
      #expect(!kernel.implementation.contains("ref"), "\(kernel.layer)")
    }
  }

  /// The layers without all but the first two blocks of a transformer; what comes after them reads
  /// the second.
  private func withTwoBlocks(_ layers: [Layer]) -> [Layer] {
    let block = "encoder.layers.encoder_layer_"
    let removed = layers.filter {
      $0.name.hasPrefix(block) && !$0.name.hasPrefix(block + "0.")
        && !$0.name.hasPrefix(block + "1.")
    }
    let names = Set(removed.map(\.name))
    let last = layers.last { $0.name.hasPrefix(block + "1.") }?.name ?? ""
    return layers.filter { !names.contains($0.name) }.map { layer in
      Layer(
        layer.name, layer.operation, inputs: layer.inputs.map { names.contains($0) ? last : $0 })
    }
  }
}
