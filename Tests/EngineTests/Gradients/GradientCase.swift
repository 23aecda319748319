import Engine
import Foundation
import Networks
import Tensors
import Testing

/// A small network of `Golden/gradients.json`, with what PyTorch computed.
struct GradientCase: Decodable, CustomTestStringConvertible {
  let name: String
  private let input: [Int]
  private let layers: [DescribedLayer]
  /// For each tensor the norm of its gradient and the gradient's dot product with pseudo-random
  /// numbers, of running statistics those of their values: when all layers train.
  let trained: [String: [Double]]
  /// The same when `pre` alone does.
  let frozen: [String: [Double]]
  /// The place in the file, which is the seed of the numbers.
  private(set) var number = 0

  private enum CodingKeys: String, CodingKey { case name, input, layers, trained, frozen }

  var testDescription: String { name }
  var shape: Shape { Shape(input) }
  var network: [Layer] { layers.map(\.layer).withoutMasks }

  static let images = 3

  /// All of them.
  static let all: [GradientCase] = {
    do {
      let file = OperationCase.golden.appending(path: "gradients.json")
      var cases = try JSONDecoder().decode([GradientCase].self, from: Data(contentsOf: file))
      for index in cases.indices { cases[index].number = index }
      return cases
    } catch { fatalError("gradients.json: \(error)") }
  }()

  /// The sums that the engine computes, those of the gradients first.
  func sums(
    trainable: Set<String>, threads: Int
  ) throws -> (sums: [(name: String, norm: Double, product: Double)], kernels: [KernelChoice]) {
    var recipe = Recipe(seed: UInt64(number))
    let tensors = recipe.tensors(of: network)
    let images = recipe.images(Self.images, shape)
    let compiled = try TrainingNetwork(
      layers: network, input: shape, tensors: tensors, trainable: trainable,
      maximumBatchSize: Self.images, threads: threads)
    var run = TrainingRun(compiled, tensors)
    let factors = recipe.images(Self.images, compiled.outputShape)
    try run.step(images) { _, gradient in
      for index in gradient.indices { gradient[index] = factors[index] }
    }
    var sums: [(name: String, norm: Double, product: Double)] = []
    for (slots, numbers) in [
      (compiled.parameters, run.gradients), (compiled.buffers, run.buffers),
    ] {
      for slot in slots {
        let factors = recipe.images(1, slot.shape)
        let (norm, product) = numbers[slot.range].sums(factors)
        sums.append((slot.name, norm, product))
      }
    }
    return (sums, compiled.kernels)
  }
}

/// A network with its parameters and what a step leaves behind.
struct TrainingRun {
  let network: TrainingNetwork
  var parameters: [Float]
  var buffers: [Float]
  var gradients: [Float]
  var logits: [Float] = []

  init(_ network: TrainingNetwork, _ tensors: StateDict) {
    self.network = network
    parameters = network.parameters.flatMap { tensors[$0.name]?.floats() ?? [] }
    buffers = network.buffers.flatMap { tensors[$0.name]?.floats() ?? [] }
    // Every element must be written.
    gradients = [Float](repeating: .nan, count: network.parameterCount)
  }

  /// One step over all images.
  mutating func step(
    _ images: [Float], seed: UInt64 = 1,
    loss: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws {
    let count = images.count / network.inputShape.elementCount
    var result: [Float] = []
    try images.withUnsafeBufferPointer { input in
      try parameters.withUnsafeBufferPointer { parameters in
        try buffers.withUnsafeMutableBufferPointer { buffers in
          try gradients.withUnsafeMutableBufferPointer { gradients in
            try network.step(
              input: input, count: count, parameters: parameters, buffers: buffers, seed: seed,
              gradients: gradients
            ) { logits, gradient in
              result = Array(logits)
              loss(logits, gradient)
            }
          }
        }
      }
    }
    logits = result
  }

  /// The gradient of one tensor.
  func gradient(of name: String) throws -> [Float] {
    let slot = try #require(network.parameters.first { $0.name == name })
    return Array(gradients[slot.range])
  }
}

extension Sequence<Float> {
  /// The Euclidean norm, and the dot product with factors, in double precision.
  func sums(_ factors: [Float]) -> (norm: Double, product: Double) {
    var (squares, product) = (0.0, 0.0)
    for (number, factor) in zip(self, factors) {
      squares += Double(number) * Double(number)
      product += Double(number) * Double(factor)
    }
    return (squares.squareRoot(), product)
  }
}

extension [Layer] {
  /// The same without random masks, but with the layers that make them.
  var withoutMasks: [Layer] {
    map { layer in
      switch layer.operation {
      case .dropout, .stochasticDepth:
        Layer(layer.name, .dropout(rate: 0), inputs: layer.inputs)
      default: layer
      }
    }
  }
}
