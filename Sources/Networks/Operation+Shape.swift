package import Diagnostics
package import Tensors

extension RegistryError.Code {
  /// A description of a network contradicts itself: sizes, channels, order or names.
  package static let malformedNetwork = Self("malformed_network", .badInput)
}

extension Operation {
  /// The largest number of channels, features, kernel rows or pixels that a description may state.
  static let maximumExtent = 1 << 24

  /// The shape that comes out for one image, without the batch: `[C, H, W]`, or `[F]` after
  /// ``flatten``.
  ///
  /// - Throws: `malformed_network` when the operation's own numbers are impossible or do not go
  ///   with the shapes of what it reads.
  package func outputShape(of inputs: [Shape]) throws(RegistryError) -> Shape {
    try checkNumbers()
    guard inputCount.contains(inputs.count) else {
      throw malformed("was given \(inputs.count) layers to read")
    }
    let input = inputs[0]
    switch self {
    case .convolution(let convolution):
      try require(input, rank: 3)
      guard input[0] == convolution.inChannels else {
        throw malformed("takes \(convolution.inChannels) channels and was given \(input)")
      }
      return [
        convolution.outChannels,
        try slide(
          input[1], convolution.kernel.height, convolution.stride.height,
          convolution.padding.top + convolution.padding.bottom, convolution.dilation.height),
        try slide(
          input[2], convolution.kernel.width, convolution.stride.width,
          convolution.padding.left + convolution.padding.right, convolution.dilation.width),
      ]
    case .batchNorm(let norm):
      try require(input, rank: 3)
      guard input[0] == norm.channels else {
        throw malformed("takes \(norm.channels) channels and was given \(input)")
      }
      return input
    case .layerNorm(let norm):
      guard input.extents.last == norm.features else {
        throw malformed("takes \(norm.features) features and was given \(input)")
      }
      return input
    case .linear(let linear):
      guard input.extents.last == linear.inFeatures else {
        throw malformed("takes \(linear.inFeatures) features and was given \(input)")
      }
      return try Shape(checking: input.extents.dropLast() + [linear.outFeatures])
    case .activation, .dropout, .stochasticDepth, .softmax:
      return input
    case .add:
      guard input == inputs[1] else { throw malformed(inputs) }
      return input
    case .multiply:
      guard input == inputs[1] || (input.rank == 3 && inputs[1] == [input[0], 1, 1]) else {
        throw malformed(inputs)
      }
      return input
    case .concatenate:
      guard input.rank > 0,
        inputs.allSatisfy({ $0.extents.dropFirst() == input.extents.dropFirst() })
      else { throw malformed(inputs) }
      var extents = input.extents
      extents[0] = inputs.reduce(0) { $0 + $1[0] }
      return try Shape(checking: extents)
    case .narrow(let range):
      guard let extent = input.extents.first, range.start + range.length <= extent else {
        throw malformed("takes \(range.start + range.length) of the first axis of \(input)")
      }
      return try Shape(checking: [range.length] + input.extents.dropFirst())
    case .channelShuffle(let groups):
      try require(input, rank: 3)
      guard input[0].isMultiple(of: groups) else {
        throw malformed("cannot share the channels of \(input) among \(groups) groups")
      }
      return input
    case .reshape(let shape):
      guard input.elementCount == shape.elementCount else { throw malformed([input, shape]) }
      return shape
    case .transpose(let order):
      guard order.sorted() == Array(0..<input.rank) else {
        throw malformed("cannot put the axes of \(input) into the order \(order)")
      }
      return try Shape(checking: order.map { input[$0] })
    case .matrixProduct:
      let (first, second) = (input.extents, inputs[1].extents)
      guard first.count >= 2, first.count == second.count, first.dropLast(2) == second.dropLast(2),
        first[first.count - 1] == second[second.count - 2]
      else { throw malformed(inputs) }
      return try Shape(checking: first.dropLast() + [second[second.count - 1]])
    case .attention(let attention):
      try require(input, rank: 2)
      guard input[1].isMultiple(of: 3 * attention.heads) else {
        throw malformed("cannot share \(input) among \(attention.heads) heads")
      }
      return [input[0], input[1] / 3]
    case .layerScale(let tensor):
      let (learned, given) = (tensor.shape.extents, input.extents)
      guard learned.count <= given.count,
        zip(learned.reversed(), given.reversed()).allSatisfy({ $0 == 1 || $0 == $1 })
      else { throw malformed([input, tensor.shape]) }
      return input
    case .classToken(let tensor):
      guard input.rank == 2, tensor.shape == [1, 1, input[1]] else {
        throw malformed([input, tensor.shape])
      }
      return [input[0] + 1, input[1]]
    case .positionEmbedding(let tensor):
      guard input.rank == 2, tensor.shape == [1, input[0], input[1]] else {
        throw malformed([input, tensor.shape])
      }
      return input
    case .maxPool(let pooling), .averagePool(let pooling):
      try require(input, rank: 3)
      return [
        input[0],
        try slide(
          input[1], pooling.kernel.height, pooling.stride.height,
          pooling.padding.top + pooling.padding.bottom, 1),
        try slide(
          input[2], pooling.kernel.width, pooling.stride.width,
          pooling.padding.left + pooling.padding.right, 1),
      ]
    case .globalAveragePool:
      try require(input, rank: 3)
      return [input[0], 1, 1]
    case .flatten:
      return [try Shape(checking: input.extents).elementCount]
    }
  }

  /// How many layers it can read.
  private var inputCount: ClosedRange<Int> {
    switch self {
    case .add, .multiply, .matrixProduct: 2...2
    case .concatenate: 1...4096
    default: 1...1
    }
  }

  /// Refuses numbers with which shapes and tensors could not be computed at all.
  func checkNumbers() throws(RegistryError) {
    switch self {
    case .convolution(let convolution):
      try positive(
        convolution.inChannels, convolution.outChannels, convolution.groups,
        convolution.kernel.height, convolution.kernel.width, convolution.stride.height,
        convolution.stride.width, convolution.dilation.height, convolution.dilation.width)
      try check(convolution.padding)
      guard convolution.inChannels.isMultiple(of: convolution.groups),
        convolution.outChannels.isMultiple(of: convolution.groups)
      else {
        throw malformed(
          "cannot share \(convolution.inChannels) and \(convolution.outChannels) channels "
            + "among \(convolution.groups) groups")
      }
      _ = try Shape(checking: [
        convolution.outChannels, convolution.inChannels / convolution.groups,
        convolution.kernel.height, convolution.kernel.width,
      ])
    case .batchNorm(let norm):
      try positive(norm.channels)
      guard norm.epsilon.isFinite, norm.epsilon >= 0, (0...1).contains(norm.momentum) else {
        throw malformed("has an epsilon of \(norm.epsilon) and a momentum of \(norm.momentum)")
      }
    case .linear(let linear):
      try positive(linear.inFeatures, linear.outFeatures)
    case .maxPool(let pooling), .averagePool(let pooling):
      try positive(
        pooling.kernel.height, pooling.kernel.width, pooling.stride.height, pooling.stride.width)
      try check(pooling.padding)
      // A window that lay wholly on the border would have no maximum.
      guard max(pooling.padding.top, pooling.padding.bottom) < pooling.kernel.height,
        max(pooling.padding.left, pooling.padding.right) < pooling.kernel.width
      else { throw malformed("has a border as wide as its window") }
    case .dropout(let rate), .stochasticDepth(let rate):
      guard (0..<1).contains(rate) else { throw malformed("has a rate of \(rate)") }
    case .layerNorm(let norm):
      try positive(norm.features)
      guard norm.epsilon.isFinite, norm.epsilon >= 0 else {
        throw malformed("has an epsilon of \(norm.epsilon)")
      }
    case .narrow(let range):
      try positive(range.length)
      guard (0..<Self.maximumExtent).contains(range.start) else {
        throw malformed("starts at \(range.start)")
      }
    case .channelShuffle(let groups):
      try positive(groups)
    case .attention(let attention):
      try positive(attention.heads)
    case .reshape(let shape):
      try check(shape)
    case .layerScale(let tensor), .classToken(let tensor), .positionEmbedding(let tensor):
      try check(tensor.shape)
    case .activation, .add, .multiply, .concatenate, .globalAveragePool, .flatten, .transpose,
      .matrixProduct, .softmax:
      break
    }
  }

  /// How many windows fit: the formula of PyTorch's `Conv2d`.
  private func slide(
    _ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
  ) throws(RegistryError) -> Int {
    // Each factor is at most 2^24, so that nothing here can overflow.
    let room = size + padding - dilation * (kernel - 1) - 1
    guard room >= 0 else {
      throw malformed("slides a window of \(kernel) over \(size) pixels, where it does not fit")
    }
    return room / stride + 1
  }

  private func require(_ input: Shape, rank: Int) throws(RegistryError) {
    guard input.rank == rank else {
      throw malformed("takes a shape of \(rank) extents and was given \(input)")
    }
  }

  private func positive(_ numbers: Int...) throws(RegistryError) {
    for number in numbers where !(1...Self.maximumExtent).contains(number) {
      throw malformed("states a size of \(number)")
    }
  }

  private func check(_ padding: Padding) throws(RegistryError) {
    for number in [padding.top, padding.left, padding.bottom, padding.right]
    where !(0...Self.maximumExtent).contains(number) {
      throw malformed("states a border of \(number)")
    }
  }

  private func check(_ shape: Shape) throws(RegistryError) {
    for extent in shape.extents { try positive(extent) }
    _ = try Shape(checking: shape.extents)
  }

  private func malformed(_ shapes: [Shape]) -> RegistryError {
    malformed(
      "cannot join the shapes \(shapes.map { String(describing: $0) }.joined(separator: " and "))")
  }

  private func malformed(_ complaint: String) -> RegistryError {
    RegistryError(
      .malformedNetwork, "A layer of kind \(kind) \(complaint).",
      remedy: "Describe the network again; this description cannot be computed.")
  }

  /// The term for it, for example `batch norm`.
  package var kind: String {
    switch self {
    case .convolution: "convolution"
    case .batchNorm: "batch norm"
    case .linear: "linear"
    case .activation(let function): function.rawValue
    case .add: "add"
    case .layerNorm: "layer norm"
    case .multiply: "multiply"
    case .concatenate: "concatenate"
    case .narrow: "narrow"
    case .channelShuffle: "channel shuffle"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .matrixProduct: "matrix product"
    case .softmax: "softmax"
    case .attention: "attention"
    case .layerScale: "layer scale"
    case .classToken: "class token"
    case .positionEmbedding: "position embedding"
    case .stochasticDepth: "stochastic depth"
    case .maxPool: "max pool"
    case .averagePool: "average pool"
    case .globalAveragePool: "global average pool"
    case .flatten: "flatten"
    case .dropout: "dropout"
    }
  }
}
