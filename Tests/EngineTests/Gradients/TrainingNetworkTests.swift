import Engine
import Networks
import Tensors
import Testing

/// Gradients whose sums are multiplied by these numbers, so that they are the factors themselves.
private func times(
  _ factors: [Float]
) -> (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void {
  { _, gradient in
    for index in gradient.indices { gradient[index] = factors[index] }
  }
}

struct TrainingNetworkTests {
  /// A network with a suffix that begins with each kind of input.
  private struct Example {
    let layers: [Layer] = [
      Layer(
        "conv", .convolution(Convolution(inChannels: 3, outChannels: 9, kernel: 3)),
        inputs: ["input"]),
      Layer("norm", .batchNorm(BatchNorm(channels: 9)), inputs: ["conv"]),
      Layer("act", .activation(.relu6), inputs: ["norm"]),
      Layer("pool", .globalAveragePool, inputs: ["act"]),
      Layer("flatten", .flatten, inputs: ["pool"]),
      Layer("hidden", .linear(Linear(inFeatures: 9, outFeatures: 7)), inputs: ["flatten"]),
      Layer("drop", .dropout(rate: 0.5), inputs: ["hidden"]),
      Layer("fc", .linear(Linear(inFeatures: 7, outFeatures: 4)), inputs: ["drop"]),
    ]
    let tensors: StateDict
    let images: [Float]
    let factors: [Float]

    init() {
      var recipe = Recipe(seed: 3)
      tensors = recipe.tensors(of: layers)
      images = recipe.images(6, [3, 8, 7])
      factors = recipe.images(6, [4])
    }

    func compile(
      _ trainable: Set<String> = ["conv", "norm", "hidden", "fc"], threads: Int = 2
    ) throws -> TrainingNetwork {
      try TrainingNetwork(
        layers: layers, input: [3, 8, 7], tensors: tensors, trainable: trainable,
        maximumBatchSize: 6, threads: threads)
    }
  }

  @Test func `slots follow the network and each other`() throws {
    let network = try Example().compile()
    #expect(
      network.parameters.map(\.name) == [
        "conv.weight", "norm.weight", "norm.bias", "hidden.weight", "hidden.bias", "fc.weight",
        "fc.bias",
      ])
    #expect(network.buffers.map(\.name) == ["norm.running_mean", "norm.running_var"])
    var end = 0
    for slot in network.parameters {
      #expect(slot.range.lowerBound == end && slot.range.count == slot.shape.elementCount)
      end = slot.range.upperBound
    }
    #expect(network.parameterCount == end && network.bufferCount == 18)
  }

  @Test func `the same step gives the same bits, and another seed another mask`() throws {
    let example = Example()
    let network = try example.compile()
    var first = TrainingRun(network, example.tensors)
    var second = TrainingRun(network, example.tensors)
    try first.step(example.images, seed: 5, loss: times(example.factors))
    try second.step(example.images, seed: 5, loss: times(example.factors))
    #expect(bits(first.gradients) == bits(second.gradients))
    #expect(bits(first.logits) == bits(second.logits))
    #expect(bits(first.buffers) == bits(second.buffers))
    try second.step(example.images, seed: 6, loss: times(example.factors))
    #expect(bits(first.logits) != bits(second.logits))
  }

  @Test func `batches of several sizes take turns`() throws {
    let example = Example()
    let network = try example.compile()
    let small = Array(example.images[..<(4 * 3 * 8 * 7)])
    func gradients(_ images: [Float]) throws -> [UInt32] {
      var run = TrainingRun(network, example.tensors)
      try run.step(images, loss: times(example.factors))
      return bits(run.gradients)
    }
    let (six, four) = (try gradients(example.images), try gradients(small))
    #expect(six != four)
    let again = (try gradients(example.images), try gradients(small))
    #expect(again.0 == six && again.1 == four)
  }

  @Test func `only what trains has gradients, and frozen statistics stay`() throws {
    let example = Example()
    let network = try example.compile(["hidden"])
    #expect(network.parameters.map(\.layer) == ["hidden", "hidden"])
    #expect(network.buffers.isEmpty)
    var all = TrainingRun(try example.compile(["conv", "hidden", "fc"]), example.tensors)
    try all.step(example.images, loss: times(example.factors))
    var one = TrainingRun(network, example.tensors)
    try one.step(example.images, loss: times(example.factors))
    // The frozen batch norm is the same in both.
    let expected = try all.gradient(of: "hidden.weight") + all.gradient(of: "hidden.bias")
    #expect(one.gradients == expected)
    // Nothing is computed for what stands before.
    for layer in ["conv", "norm", "act"] {
      #expect(
        network.kernels.count { $0.layer == layer }
          < all.network.kernels.count { $0.layer == layer })
    }
  }

  @Test(arguments: ["input", "act", "flatten", "hidden"])
  func `a suffix may begin with pictures or features`(inputLayer: String) throws {
    let example = Example()
    let trainable: Set = ["fc"]
    var whole = TrainingRun(try example.compile(trainable), example.tensors)
    try whole.step(example.images, loss: times(example.factors))
    let end = example.layers.firstIndex { $0.name == inputLayer }.map { $0 + 1 } ?? 0
    var input = example.images
    var shape: Shape = [3, 8, 7]
    if end > 0 {
      let prefix = try InferenceNetwork(
        layers: Array(example.layers[..<end]), input: shape, tensors: example.tensors,
        batchSize: 6)
      input = try prefix.outputs(of: example.images)
      shape = prefix.outputShape
    }
    // Without dropout: its mask depends on the layers before it.
    let suffix = try TrainingNetwork(
      layers: Array(example.layers[end...]).withoutMasks, inputLayer: inputLayer, input: shape,
      tensors: example.tensors, trainable: trainable, maximumBatchSize: 6)
    var run = TrainingRun(suffix, example.tensors)
    try run.step(input, loss: times(example.factors))
    var expected = TrainingRun(
      try TrainingNetwork(
        layers: example.layers.withoutMasks, input: [3, 8, 7], tensors: example.tensors,
        trainable: trainable, maximumBatchSize: 6), example.tensors)
    try expected.step(example.images, loss: times(example.factors))
    #expect(relativeDifference(run.gradients, expected.gradients) < 1e-5)
  }

  @Test func `a suffix may begin with tokens`() throws {
    let layers = [
      Layer("norm", .layerNorm(LayerNorm(features: 6)), inputs: ["blocks"]),
      Layer("first", .narrow(Narrow(start: 0, length: 1)), inputs: ["norm"]),
      Layer("flatten", .flatten, inputs: ["first"]),
      Layer("fc", .linear(Linear(inFeatures: 6, outFeatures: 2)), inputs: ["flatten"]),
    ]
    var recipe = Recipe(seed: 4)
    let tensors = recipe.tensors(of: layers)
    let network = try TrainingNetwork(
      layers: layers, inputLayer: "blocks", input: [5, 6], tensors: tensors,
      trainable: ["norm", "fc"], maximumBatchSize: 3)
    var run = TrainingRun(network, tensors)
    try run.step(recipe.images(3, [5, 6]), loss: times(recipe.images(3, [2])))
    #expect(run.gradients.allSatisfy { $0.isFinite })
    let gradient = try run.gradient(of: "norm.bias")
    #expect(gradient.contains { $0 != 0 })
  }

  @Test func `dropout and stochastic depth have the gradients of their masks`() throws {
    for operation in [Operation.dropout(rate: 0.4), .stochasticDepth(rate: 0.4)] {
      let layers = [
        Layer("a", .linear(Linear(inFeatures: 5, outFeatures: 9)), inputs: ["input"]),
        Layer("g", .activation(.gelu), inputs: ["a"]), Layer("d", operation, inputs: ["g"]),
        Layer("b", .linear(Linear(inFeatures: 9, outFeatures: 3)), inputs: ["d"]),
      ]
      var recipe = Recipe(seed: 8)
      let tensors = recipe.tensors(of: layers)
      let (input, factors) = (recipe.images(8, [5]), recipe.images(8, [3]))
      let network = try TrainingNetwork(
        layers: layers, input: [5], tensors: tensors, trainable: ["a", "b"], maximumBatchSize: 8)
      var run = TrainingRun(network, tensors)
      func loss() throws -> Double {
        try run.step(input, seed: 11, loss: times(factors))
        return zip(run.logits, factors).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      _ = try loss()
      let gradients = run.gradients
      for index in stride(from: 0, to: network.parameterCount, by: 7) {
        let value = run.parameters[index]
        run.parameters[index] = value + 1e-2
        let above = try loss()
        run.parameters[index] = value - 1e-2
        let below = try loss()
        run.parameters[index] = value
        #expect(abs((above - below) / 2e-2 - Double(gradients[index])) < 1e-3)
      }
    }
  }

  @Test(arguments: [Architecture.resNet18, .efficientNetLite0].map(\.name))
  func `no step of a known network falls to a reference loop`(name: String) throws {
    let architecture = try Architecture.named(name)
    let network = architecture.network(labels: 10)
    var recipe = Recipe(seed: 1)
    let compiled = try TrainingNetwork(
      layers: network.layers, input: [3, 96, 96], tensors: recipe.tensors(of: network.layers),
      trainable: Set(network.layers.map(\.name)), maximumBatchSize: 4, threads: 2)
    #expect(compiled.kernels.count > 200)
    for kernel in compiled.kernels {
      #expect(!kernel.implementation.contains("ref"), "\(kernel.layer)")
    }
  }
}
