import Diagnostics
import Networks
import Tensors
import Testing

struct NetworkShapesTests {
  private func refusal(_ layers: [Layer]) throws -> RegistryError {
    let network = Network(architecture: "test", backbone: layers, head: [])
    return try #require(throws: RegistryError.self) {
      try network.outputShapes(input: [3, 8, 8])
    }
  }

  @Test(arguments: [
    Operation.convolution(Convolution(inChannels: 4, outChannels: 8, kernel: 3)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 9)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 0)),
    .convolution(Convolution(inChannels: 3, outChannels: -8, kernel: 1)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 1, stride: 0)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 1, groups: 0)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 1, groups: 2)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 1, padding: Padding(-1))),
    .convolution(Convolution(inChannels: 3, outChannels: .max, kernel: 1)),
    .convolution(Convolution(inChannels: 3, outChannels: 8, kernel: 3, dilation: Extent(.max))),
    .batchNorm(BatchNorm(channels: 4)), .batchNorm(BatchNorm(channels: 3, epsilon: .nan)),
    .linear(Linear(inFeatures: 3, outFeatures: 1)), .add,
    .maxPool(Pooling(kernel: 2, stride: 2, padding: Padding(2))),
    .averagePool(Pooling(kernel: 2, stride: 0)), .dropout(rate: 1), .dropout(rate: .nan),
  ])
  func `an operation that cannot be computed is refused by its layer`(operation: Operation) throws {
    let error = try refusal([Layer("odd", operation, inputs: ["input"])])
    #expect(error.code == .malformedNetwork)
    #expect(error.place?.layer == "odd")
  }

  @Test func `a layer that reads what comes later is refused`() throws {
    let error = try refusal([
      Layer("a", .flatten, inputs: ["b"]), Layer("b", .flatten, inputs: ["input"]),
    ])
    #expect(error.message == "Layer a reads b, which does not come before it.")
  }

  @Test func `two layers of one name are refused, and one named as the input`() throws {
    let twice = Layer("a", .activation(.relu), inputs: ["input"])
    #expect(try refusal([twice, twice]).code == .malformedNetwork)
    #expect(
      try refusal([Layer("input", .activation(.relu), inputs: ["input"])]).code
        == .malformedNetwork)
  }

  @Test(arguments: [
    ("encoder", "pos.embedding"), ("encoder.position", ""), ("", "pos_embedding"),
  ])
  func `a tensor that would be taken for another layer's is refused`(layer: String, name: String)
    throws
  {
    let error = try refusal([
      Layer("rows", .reshape([8, 24]), inputs: ["input"]),
      Layer(
        layer, .positionEmbedding(LearnedTensor(name: name, shape: [1, 8, 24])), inputs: ["rows"]),
    ])
    #expect(error.code == .malformedNetwork)
    let prefixed = Linear(inFeatures: 8, outFeatures: 2, tensorPrefix: "in.")
    #expect(
      try refusal([Layer("a", .linear(prefixed), inputs: ["input"])]).place?.tensor
        == "a.in.weight")
  }

  @Test func `a head that skips the features is refused`() throws {
    let network = Network(
      architecture: "test", backbone: [Layer("a", .flatten, inputs: ["input"])],
      head: [Layer("b", .flatten, inputs: ["input"])])
    #expect(throws: RegistryError.self) { try network.outputShapes(input: [3, 8, 8]) }
  }

  @Test func `a window slides as in PyTorch`() throws {
    let network = Network(
      architecture: "test",
      backbone: [
        Layer(
          "a",
          .convolution(
            Convolution(
              inChannels: 3, outChannels: 6, kernel: Extent(height: 3, width: 2),
              stride: Extent(height: 2, width: 3),
              padding: Padding(top: 1, left: 0, bottom: 2, right: 1), dilation: 2, groups: 3)),
          inputs: ["input"]),
        Layer("b", .averagePool(Pooling(kernel: 2, stride: 1)), inputs: ["a"]),
        Layer("c", .flatten, inputs: ["b"]),
      ], head: [])
    let shapes = try network.outputShapes(input: [3, 20, 20])
    // (20 + 3 - 4 - 1) / 2 + 1 and (20 + 1 - 2 - 1) / 3 + 1.
    #expect(shapes == ["a": [6, 10, 7], "b": [6, 9, 6], "c": [324]])
  }
}

/// What each operation makes of shapes, and what it refuses.
struct OperationShapeTests {
  typealias Operation = Networks.Operation

  static let accepted: [(Operation, [Shape], Shape)] = [
    (.layerNorm(LayerNorm(features: 8)), [[5, 8]], [5, 8]),
    (.layerNorm(LayerNorm(features: 8)), [[4, 4, 8]], [4, 4, 8]),
    (.layerNorm(LayerNorm(features: 8)), [[8]], [8]),
    (.linear(Linear(inFeatures: 8, outFeatures: 3)), [[4, 4, 8]], [4, 4, 3]),
    (.activation(.gelu), [[5, 8]], [5, 8]),
    (.multiply, [[8, 4, 5], [8, 4, 5]], [8, 4, 5]),
    (.multiply, [[8, 4, 5], [8, 1, 1]], [8, 4, 5]),
    (.multiply, [[5, 8], [5, 8]], [5, 8]),
    (.concatenate, [[8, 4, 5], [3, 4, 5], [1, 4, 5]], [12, 4, 5]),
    (.concatenate, [[8, 4, 5]], [8, 4, 5]),
    (.narrow(Narrow(start: 3, length: 5)), [[8, 4, 5]], [5, 4, 5]),
    (.narrow(Narrow(start: 0, length: 1)), [[5, 8]], [1, 8]),
    (.channelShuffle(groups: 2), [[8, 4, 5]], [8, 4, 5]),
    (.reshape([8, 20]), [[8, 4, 5]], [8, 20]),
    (.transpose([1, 2, 0]), [[8, 4, 5]], [4, 5, 8]),
    (.transpose([2, 0, 1]), [[4, 5, 8]], [8, 4, 5]),
    (.transpose([1, 0]), [[5, 8]], [8, 5]),
    (.matrixProduct, [[5, 8], [8, 3]], [5, 3]),
    (.matrixProduct, [[2, 5, 8], [2, 8, 3]], [2, 5, 3]),
    (.softmax, [[2, 5, 5]], [2, 5, 5]),
    (.attention(Attention(heads: 2)), [[5, 24]], [5, 8]),
    (.layerScale(LearnedTensor(name: "gamma", shape: [8])), [[4, 5, 8]], [4, 5, 8]),
    (.layerScale(LearnedTensor(name: "gamma", shape: [8, 1, 1])), [[8, 4, 5]], [8, 4, 5]),
    (.classToken(LearnedTensor(name: "", shape: [1, 1, 8])), [[5, 8]], [6, 8]),
    (.positionEmbedding(LearnedTensor(name: "", shape: [1, 5, 8])), [[5, 8]], [5, 8]),
    (.stochasticDepth(rate: 0.5), [[8, 4, 5]], [8, 4, 5]),
  ]

  @Test(arguments: accepted)
  func `an operation makes one shape of those it reads`(
    operation: Operation, inputs: [Shape], output: Shape
  ) throws {
    #expect(try operation.outputShape(of: inputs) == output)
  }

  static let refused: [(Operation, [Shape])] = [
    (.layerNorm(LayerNorm(features: 8)), [[8, 5]]),
    (.layerNorm(LayerNorm(features: 0)), [[0]]),
    (.layerNorm(LayerNorm(features: 8, epsilon: -1)), [[5, 8]]),
    (.layerNorm(LayerNorm(features: 8, epsilon: .infinity)), [[5, 8]]),
    (.multiply, [[8, 4, 5]]),
    (.multiply, [[8, 4, 5], [4, 1, 1]]),
    (.multiply, [[8, 1, 1], [8, 4, 5]]),
    (.multiply, [[5, 8], [5, 1]]),
    (.concatenate, []),
    (.concatenate, [[]]),
    (.concatenate, [[8, 4, 5], [8, 4, 4]]),
    (.concatenate, [[8, 4, 5], [8, 20]]),
    (.concatenate, [[8, 4], []]),
    (.narrow(Narrow(start: 4, length: 5)), [[8, 4, 5]]),
    (.narrow(Narrow(start: -1, length: 2)), [[8, 4, 5]]),
    (.narrow(Narrow(start: 0, length: 0)), [[8, 4, 5]]),
    (.narrow(Narrow(start: 0, length: 1)), [[]]),
    (.narrow(Narrow(start: .max, length: .max)), [[8, 4, 5]]),
    (.channelShuffle(groups: 3), [[8, 4, 5]]),
    (.channelShuffle(groups: 0), [[8, 4, 5]]),
    (.channelShuffle(groups: 2), [[8, 4]]),
    (.reshape([8, 21]), [[8, 4, 5]]),
    (.reshape([0, 8]), [[8, 4, 5]]),
    (.transpose([0, 1]), [[8, 4, 5]]),
    (.transpose([0, 1, 1]), [[8, 4, 5]]),
    (.transpose([1, 2, 3]), [[8, 4, 5]]),
    (.matrixProduct, [[5, 8]]),
    (.matrixProduct, [[5, 8], [5, 8]]),
    (.matrixProduct, [[2, 5, 8], [3, 8, 3]]),
    (.matrixProduct, [[8], [8]]),
    (.softmax, [[5, 8], [5, 8]]),
    (.attention(Attention(heads: 5)), [[5, 24]]),
    (.attention(Attention(heads: 0)), [[5, 24]]),
    (.attention(Attention(heads: 2)), [[2, 5, 24]]),
    (.layerScale(LearnedTensor(name: "gamma", shape: [8])), [[8, 4, 5]]),
    (.layerScale(LearnedTensor(name: "gamma", shape: [1, 8, 1, 1])), [[8, 4, 5]]),
    (.layerScale(LearnedTensor(name: "gamma", shape: [0])), [[4, 0]]),
    (.classToken(LearnedTensor(name: "", shape: [1, 1, 7])), [[5, 8]]),
    (.classToken(LearnedTensor(name: "", shape: [8])), [[5, 8]]),
    (.classToken(LearnedTensor(name: "", shape: [1, 1, 8])), [[8, 4, 5]]),
    (.positionEmbedding(LearnedTensor(name: "", shape: [1, 6, 8])), [[5, 8]]),
    (.positionEmbedding(LearnedTensor(name: "", shape: [1, 5, 8])), [[2, 5, 8]]),
    (.stochasticDepth(rate: 1), [[8, 4, 5]]),
    (.stochasticDepth(rate: -0.5), [[8, 4, 5]]),
    (.stochasticDepth(rate: .nan), [[8, 4, 5]]),
  ]

  @Test(arguments: refused)
  func `an operation refuses shapes and numbers that do not go together`(
    operation: Operation, inputs: [Shape]
  ) throws {
    let error = try #require(throws: RegistryError.self) {
      try operation.outputShape(of: inputs)
    }
    #expect(error.code == .malformedNetwork)
  }

  @Test func `the last window of a maximum may reach over the edge where it rounds up`() throws {
    var builder = NetworkBuilder(input: [3, 54, 55])
    builder.maxPoolRoundingUp("pool", kernel: 3, stride: 2)
    // PyTorch's MaxPool2d(3, 2, ceil_mode=True).
    #expect(builder.shape == [3, 27, 27])
    #expect(
      builder.layers[0].operation
        == .maxPool(
          Pooling(
            kernel: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 0))))
  }

  @Test func `products of matrices count among the multiply-adds`() throws {
    let network = Network(
      architecture: "test",
      backbone: [
        Layer("a", .reshape([12, 16]), inputs: ["input"]),
        Layer("attention", .attention(Attention(heads: 2)), inputs: ["b"]),
      ], head: [])
    #expect(throws: RegistryError.self) { try network.multiplyAdds(input: [3, 8, 8]) }
    let valid = Network(
      architecture: "test",
      backbone: [
        Layer("rows", .reshape([16, 12]), inputs: ["input"]),
        Layer("columns", .transpose([1, 0]), inputs: ["rows"]),
        Layer("product", .matrixProduct, inputs: ["rows", "columns"]),
        Layer("attention", .attention(Attention(heads: 2)), inputs: ["rows"]),
      ], head: [])
    // 16 x 16 dot products of 12 numbers; two products over 16 x 16 pairs of tokens of 4 numbers.
    #expect(try valid.multiplyAdds(input: [3, 8, 8]) == 16 * 16 * 12 + 2 * 16 * 16 * 4)
  }
}
