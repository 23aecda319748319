internal import Networks
internal import Tensors

extension ONNXGraph {
  /// Appends the nodes of a layer, whose inputs must be there already.
  mutating func append(_ layer: Layer, _ stateDict: StateDict, _ shapes: [String: Shape]) {
    let read = layer.inputs.map(value)
    let shape = shapes[layer.name] ?? []
    func tensor(_ suffix: String) -> String {
      suffix.isEmpty ? layer.name : "\(layer.name).\(suffix)"
    }
    // A value has one name alone, and some layers are called like their tensor.
    let isTensor = layer.tensors.contains { $0.name == layer.name }
    let name = isTensor ? "\(layer.name):output" : layer.name
    if isTensor { alias(layer.name, to: name) }
    switch layer.operation {
    case .convolution(let convolution):
      var inputs = [read[0], parameter(tensor("weight"), stateDict)]
      if convolution.bias { inputs.append(parameter(tensor("bias"), stateDict)) }
      node(
        "Conv", inputs, name,
        [
          .integers("kernel_shape", convolution.kernel.list),
          .integers("strides", convolution.stride.list),
          .integers("pads", convolution.padding.list),
          .integers("dilations", convolution.dilation.list),
          .integer("group", convolution.groups),
        ])
    case .batchNorm(let norm):
      let tensors = ["weight", "bias", "running_mean", "running_var"].map {
        parameter(tensor($0), stateDict)
      }
      node("BatchNormalization", read + tensors, name, [.float("epsilon", norm.epsilon)])
    case .layerNorm(let norm):
      let tensors = ["weight", "bias"].map { parameter(tensor($0), stateDict) }
      node(
        "LayerNormalization", read + tensors, name,
        [.integer("axis", -1), .float("epsilon", norm.epsilon)])
    case .linear(let linear): append(linear, name, read[0], shape, stateDict)
    case .activation(let activation): append(activation, name, read[0])
    case .add: node("Add", read, name)
    case .multiply: node("Mul", read, name)
    case .concatenate: node("Concat", read, name, [.integer("axis", 1)])
    case .narrow(let range):
      node(
        "Slice",
        [
          read[0], constant([range.start]), constant([range.start + range.length]), constant([1]),
        ], name)
    case .channelShuffle(let groups):
      let split = constant([0, groups, shape[0] / groups, shape[1], shape[2]])
      let grouped = node("Reshape", [read[0], split], "\(name):groups")
      let exchanged = node(
        "Transpose", [grouped], "\(name):exchanged", [.integers("perm", [0, 2, 1, 3, 4])])
      node("Reshape", [exchanged, constant([0] + shape.extents)], name)
    case .maxPool(let pooling): node("MaxPool", read, name, Self.window(pooling))
    case .averagePool(let pooling):
      node(
        "AveragePool", read, name,
        Self.window(pooling) + [.integer("count_include_pad", 1)])
    case .globalAveragePool: node("GlobalAveragePool", read, name)
    case .flatten: node("Flatten", read, name, [.integer("axis", 1)])
    case .reshape(let shape): node("Reshape", [read[0], constant([0] + shape.extents)], name)
    case .transpose(let order):
      node("Transpose", read, name, [.integers("perm", [0] + order.map { $0 + 1 })])
    case .matrixProduct: node("MatMul", read, name)
    case .softmax: node("Softmax", read, name, [.integer("axis", -1)])
    case .attention(let attention): append(attention, name, read[0], shape)
    case .layerScale(let learned):
      node("Mul", [read[0], parameter(tensor(learned.name), stateDict)], name)
    case .classToken(let learned):
      append(token: parameter(tensor(learned.name), stateDict), name, read[0])
    case .positionEmbedding(let learned):
      node("Add", [read[0], parameter(tensor(learned.name), stateDict)], name)
    case .dropout, .stochasticDepth: alias(layer.name, to: read[0])
    }
  }

  private static func window(_ pooling: Pooling) -> [Attribute] {
    [
      .integers("kernel_shape", pooling.kernel.list), .integers("strides", pooling.stride.list),
      .integers("pads", pooling.padding.list),
    ]
  }

  /// On features a `Gemm`; on tokens a product with the transposed weights, as `Gemm` takes matrices
  /// only.
  private mutating func append(
    _ linear: Linear, _ name: String, _ input: String, _ shape: Shape, _ stateDict: StateDict
  ) {
    let prefix = "\(name).\(linear.tensorPrefix ?? "")"
    let weight = parameter("\(prefix)weight", stateDict)
    let bias = linear.bias ? [parameter("\(prefix)bias", stateDict)] : []
    if shape.rank == 1 {
      node("Gemm", [input, weight] + bias, name, [.integer("transB", 1)])
      return
    }
    let transposed = node(
      "Transpose", [weight], "\(name):transposed", [.integers("perm", [1, 0])])
    let product = node("MatMul", [input, transposed], bias.isEmpty ? name : "\(name):product")
    if !bias.isEmpty { node("Add", [product] + bias, name) }
  }

  private mutating func append(_ activation: Activation, _ name: String, _ input: String) {
    switch activation {
    case .relu: node("Relu", [input], name)
    case .relu6:
      // Bounds have no axis.
      node("Clip", [input, number(0), number(6)], name)
    case .hardSwish: node("HardSwish", [input], name)
    case .silu:
      let factor = node("Sigmoid", [input], "\(name):sigmoid")
      node("Mul", [input, factor], name)
    case .gelu:
      // x / 2 * (1 + erf(x / √2)): an operator of its own came with operator set 20.
      let scaled = node("Div", [input, number(Float(2).squareRoot())], "\(name):scaled")
      let error = node("Erf", [scaled], "\(name):erf")
      let sum = node("Add", [error, number(1)], "\(name):sum")
      let half = node("Mul", [input, number(0.5)], "\(name):half")
      node("Mul", [half, sum], name)
    case .sigmoid: node("Sigmoid", [input], name)
    case .hardSigmoid:
      node("HardSigmoid", [input], name, [.float("alpha", 1 / 6), .float("beta", 0.5)])
    }
  }

  /// `softmax(Q Kᵀ / √d) V` for the input `[N, T, 3F]`.
  private mutating func append(
    _ attention: Attention, _ name: String, _ input: String, _ shape: Shape
  ) {
    let (tokens, features) = (shape[0], shape[1])
    let size = features / attention.heads
    let split = node(
      "Reshape", [input, constant([0, tokens, 3, attention.heads, size])], "\(name):heads")
    // The three first, then batch, head, token.
    let ordered = node(
      "Transpose", [split], "\(name):ordered", [.integers("perm", [2, 0, 3, 1, 4])])
    let parts = ["query", "key", "value"].enumerated().map { index, part in
      node("Gather", [ordered, constant(scalar: index)], "\(name):\(part)", [.integer("axis", 0)])
    }
    let keys = node(
      "Transpose", [parts[1]], "\(name):keys", [.integers("perm", [0, 1, 3, 2])])
    let queries = node(
      "Mul", [parts[0], number(1 / Float(size).squareRoot())], "\(name):queries")
    let scores = node("MatMul", [queries, keys], "\(name):scores")
    let shares = node("Softmax", [scores], "\(name):shares", [.integer("axis", -1)])
    let mixed = node("MatMul", [shares, parts[2]], "\(name):mixed")
    let joined = node(
      "Transpose", [mixed], "\(name):joined", [.integers("perm", [0, 2, 1, 3])])
    node("Reshape", [joined, constant([0, tokens, features])], name)
  }

  /// One token for each image of the batch, before the others.
  private mutating func append(token: String, _ name: String, _ input: String) {
    let batch = node(
      "Shape", [input], "\(name):batch", [.integer("start", 0), .integer("end", 1)])
    let shape = node("Concat", [batch, constant([1, 1])], "\(name):shape", [.integer("axis", 0)])
    let tokens = node("Expand", [token, shape], "\(name):tokens")
    node("Concat", [tokens, input], name, [.integer("axis", 1)])
  }
}

extension Extent {
  fileprivate var list: [Int] { [height, width] }
}

extension Padding {
  /// First where the axes begin, then where they end.
  fileprivate var list: [Int] { [top, left, bottom, right] }
}
