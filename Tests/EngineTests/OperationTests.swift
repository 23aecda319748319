import Diagnostics
import Engine
import Networks
import Tensors
import Testing

struct OperationTests {
  @Test(arguments: OperationCase.all)
  func `small networks compute what PyTorch does`(one: OperationCase) throws {
    let (tensors, images) = one.numbers()
    let network = try InferenceNetwork(
      layers: one.network, input: one.shape, tensors: tensors, batchSize: 3, threads: 1)
    let expected = try #require(OperationCase.results[one.name])
    #expect(network.outputShape.extents == Array(expected.shape.extents.dropFirst()))
    let difference = relativeDifference(try network.outputs(of: images), expected.floats())
    // A mean of 10,752 numbers loses most.
    #expect(difference < 5e-6, "\(network.kernels)")
  }

  @Test(arguments: OperationCase.all)
  func `small networks give the same bits again, alone, and with other threads`(
    one: OperationCase
  ) throws {
    let (tensors, images) = one.numbers()
    func outputs(batchSize: Int, threads: Int) throws -> [UInt32] {
      let network = try InferenceNetwork(
        layers: one.network, input: one.shape, tensors: tensors, batchSize: batchSize,
        threads: threads)
      let first = bits(try network.outputs(of: images))
      #expect(bits(try network.outputs(of: images)) == first)
      return first
    }
    let expected = try outputs(batchSize: 3, threads: 1)
    #expect(try outputs(batchSize: 1, threads: 1) == expected)
    #expect(try outputs(batchSize: 2, threads: 2) == expected)
  }

  @Test func `there is a case for every operation`() {
    let kinds = Set(OperationCase.all.flatMap(\.network).map(\.operation.kind))
    #expect(
      kinds == [
        "convolution", "batch norm", "linear", "relu", "relu6", "add", "max pool", "average pool",
        "global average pool", "flatten", "dropout", "hardswish", "silu", "gelu", "sigmoid",
        "hardsigmoid", "multiply", "concatenate", "narrow", "channel shuffle", "layer norm",
        "reshape", "transpose", "matrix product", "softmax", "attention", "layer scale",
        "class token", "position embedding", "stochastic depth",
      ])
  }

  @Test func `a missing tensor is named`() throws {
    let layers = [Layer("a", .linear(Linear(inFeatures: 2, outFeatures: 3)), inputs: ["f"])]
    let error = #expect(throws: RegistryError.self) {
      try InferenceNetwork(
        layers: [Layer("f", .flatten, inputs: ["input"])] + layers, input: [2, 1, 1],
        tensors: StateDict(), batchSize: 1)
    }
    #expect(error?.code == .wrongArchitecture)
    #expect(error?.place?.tensor == "a.weight")
  }

  @Test func `a tensor of another shape is refused`() throws {
    let layers = [
      Layer("f", .flatten, inputs: ["input"]),
      Layer("a", .linear(Linear(inFeatures: 2, outFeatures: 3, bias: false)), inputs: ["f"]),
    ]
    let tensors = StateDict([("a.weight", Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]))])
    let error = #expect(throws: RegistryError.self) {
      try InferenceNetwork(layers: layers, input: [2, 1, 1], tensors: tensors, batchSize: 1)
    }
    #expect(error?.code == .wrongArchitecture)
    #expect(error?.place?.layer == "a")
  }

  @Test func `no layers make no network`() {
    let error = #expect(throws: RegistryError.self) {
      try InferenceNetwork(layers: [], input: [3, 4, 4], tensors: StateDict(), batchSize: 1)
    }
    #expect(error?.code == .malformedNetwork)
  }
}
