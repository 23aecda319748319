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
