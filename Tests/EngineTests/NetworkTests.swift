import Engine
import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// A whole network, with the weights and the images that `Golden/make-networks.py` gave it.
private struct Example {
  let architecture: Architecture
  let network: Network
  let tensors: StateDict
  let images: [Float]

  /// Weights by the recipe.
  init(_ architecture: Architecture, seed: UInt64) {
    self.architecture = architecture
    network = architecture.network(labels: 1000)
    var recipe = Recipe(seed: seed)
    tensors = recipe.tensors(of: network.layers)
    images = recipe.images(2, architecture.inputShape)
  }

  /// The weights that were trained on ImageNet.
  init(pretrained path: String) throws {
    let file = try ModelFileReader.read(path: path)
    architecture = .efficientNetLite0
    network = try architecture.network(for: file.stateDict)
    tensors = try network.load(file.stateDict)
    var recipe = Recipe(seed: 20)
    images = recipe.images(2, architecture.inputShape)
  }

  func compile(
    _ layers: [Layer]? = nil, batchSize: Int = 2, threads: Int = 2
  ) throws -> InferenceNetwork {
    try InferenceNetwork(
      layers: layers ?? network.layers, input: architecture.inputShape, tensors: tensors,
      batchSize: batchSize, threads: threads)
  }

  /// Compares features and logits with PyTorch's.
  func check(threads: Int = 2) throws {
    let golden = try ModelFileReader.read(
      path: OperationCase.golden.appending(path: "networks.safetensors").path
    ).stateDict
    for (layers, part) in [(network.backbone, "features"), (network.layers, "logits")] {
      let expected = try #require(golden["\(architecture.name).\(part)"]).floats()
      let found = try compile(layers, threads: threads).outputs(of: images)
      #expect(relativeDifference(found, expected) < 1e-5, "\(architecture.name) \(part)")
    }
  }
}

/// Where `scripts/fetch-pretrained.sh` puts the network that was trained on ImageNet.
private let pretrained = Places.repository
  .appending(path: ".cache/efficientnet-lite0-57934424.pth").path

private let hasPretrained = FileManager.default.fileExists(atPath: pretrained)

struct NetworkTests {
  @Test func `ResNet-18 computes what torchvision's does`() throws {
    try Example(.resNet18, seed: 18).check()
  }

  @Test func `EfficientNet-Lite0 computes what timm's does`() throws {
    try Example(.tfEfficientNetLite0, seed: 19).check()
  }

  @Test(.enabled(if: hasPretrained, "scripts/fetch-pretrained.sh was not run"))
  func `the pretrained EfficientNet-Lite0 computes what PyTorch does`() throws {
    try Example(pretrained: pretrained).check()
  }

  @Test(arguments: [Architecture.resNet18, .efficientNetLite0].map(\.name))
  func `no layer of a known network falls to a reference loop or a matrix product`(
    name: String
  ) throws {
    let example = Example(try #require(Architecture.all.first { $0.name == name }), seed: 1)
    let kernels = try example.compile(batchSize: 1).kernels
    #expect(kernels.count > 20)
    for kernel in kernels {
      // Version 3 calls some of its generated kernels after their batch-reduce products.
      let isGenerated = ["jit", "brgconv"].contains { kernel.implementation.hasPrefix($0) }
      #expect(isGenerated, "\(kernel.layer): \(kernel.implementation)")
    }
  }

  @Test(arguments: [Architecture.resNet18, .efficientNetLite0].map(\.name))
  func `known networks need no step beside convolutions and pools`(name: String) throws {
    let example = Example(try #require(Architecture.all.first { $0.name == name }), seed: 1)
    let layers = example.network.layers.filter {
      switch $0.operation {
      case .convolution, .maxPool, .globalAveragePool, .linear: true
      default: false
      }
    }
    #expect(try example.compile(batchSize: 1).kernels.count == layers.count)
  }

  @Test func `an image gets the same bits in every batch, place and number of threads`() throws {
    let example = Example(.tfEfficientNetLite0, seed: 19)
    var recipe = Recipe(seed: 7)
    let images = recipe.images(32, example.architecture.inputShape)
    let size = example.architecture.inputShape.elementCount
    let batch = try example.compile(batchSize: 32, threads: 2)
    let expected = bits(try batch.outputs(of: images))
    // 32 images, then other sizes through the same network and through others.
    let seven = Array(images[(11 * size)..<(18 * size)])
    #expect(bits(try batch.outputs(of: seven)) == Array(expected[11000..<18000]))
    #expect(
      bits(try batch.outputs(of: Array(images[(31 * size)...]))) == Array(expected[31000...]))
    #expect(
      bits(try example.compile(batchSize: 1, threads: 1).outputs(of: seven))
        == Array(expected[11000..<18000]))
    #expect(
      bits(try example.compile(batchSize: 7, threads: 3).outputs(of: seven))
        == Array(expected[11000..<18000]))
  }

  @Test func `a transformer's image gets the same bits too`() throws {
    let architecture = try Architecture.named("vit_tiny_patch16_224")
    let example = Example(architecture, seed: 4)
    var recipe = Recipe(seed: 7)
    let images = recipe.images(5, architecture.inputShape)
    let alone = try example.compile(batchSize: 1, threads: 1).outputs(of: images)
    let together = try example.compile(batchSize: 5, threads: 3).outputs(of: images)
    #expect(bits(alone) == bits(together))
  }

  @Test func `a prefix may end anywhere, and the rest of the network goes on from there`() throws {
    let example = Example(.resNet18, seed: 18)
    let last = "layer3.0.relu_1"
    let end = try #require(example.network.layers.firstIndex { $0.name == last })
    let prefix = try example.compile(Array(example.network.layers[...end]))
    #expect(prefix.outputShape == [256, 14, 14])
    let features = try prefix.outputs(of: example.images)
    let rest = example.network.layers[(end + 1)...].map { layer in
      Layer(
        layer.name, layer.operation,
        inputs: layer.inputs.map { $0 == last ? Network.inputName : $0 })
    }
    let suffix = try InferenceNetwork(
      layers: rest, input: prefix.outputShape, tensors: example.tensors, batchSize: 2, threads: 1)
    #expect(
      bits(try suffix.outputs(of: features))
        == bits(try example.compile().outputs(of: example.images)))
  }
}
