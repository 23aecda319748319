private import Tensors

// A description is stored for as long as its model: the keys are written down here, not derived from
// names in the program. docs/storage-format.md shows them.

extension Operation: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case convolution
    case batchNorm = "batch_norm"
    case layerNorm = "layer_norm"
    case linear
    case activation
    case add
    case multiply
    case concatenate
    case narrow
    case channelShuffle = "channel_shuffle"
    case maxPool = "max_pool"
    case averagePool = "average_pool"
    case globalAveragePool = "global_average_pool"
    case flatten
    case reshape
    case transpose
    case matrixProduct = "matrix_product"
    case softmax
    case attention
    case layerScale = "layer_scale"
    case classToken = "class_token"
    case positionEmbedding = "position_embedding"
    case dropout
    case stochasticDepth = "stochastic_depth"
  }

  /// What operations without numbers have in their place.
  private struct Nothing: Codable {}

  /// Reads an object with one member: the kind of the operation with its numbers.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first, container.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not one known operation"))
    }
    self =
      switch key {
      case .convolution: .convolution(try container.decode(Convolution.self, forKey: key))
      case .batchNorm: .batchNorm(try container.decode(BatchNorm.self, forKey: key))
      case .layerNorm: .layerNorm(try container.decode(LayerNorm.self, forKey: key))
      case .linear: .linear(try container.decode(Linear.self, forKey: key))
      case .activation: .activation(try container.decode(Activation.self, forKey: key))
      case .add: .add
      case .multiply: .multiply
      case .concatenate: .concatenate
      case .narrow: .narrow(try container.decode(Narrow.self, forKey: key))
      case .channelShuffle: .channelShuffle(groups: try container.decode(Int.self, forKey: key))
      case .maxPool: .maxPool(try container.decode(Pooling.self, forKey: key))
      case .averagePool: .averagePool(try container.decode(Pooling.self, forKey: key))
      case .globalAveragePool: .globalAveragePool
      case .flatten: .flatten
      case .reshape: .reshape(try container.decode(Shape.self, forKey: key))
      case .transpose: .transpose(try container.decode([Int].self, forKey: key))
      case .matrixProduct: .matrixProduct
      case .softmax: .softmax
      case .attention: .attention(try container.decode(Attention.self, forKey: key))
      case .layerScale: .layerScale(try container.decode(LearnedTensor.self, forKey: key))
      case .classToken: .classToken(try container.decode(LearnedTensor.self, forKey: key))
      case .positionEmbedding:
        .positionEmbedding(try container.decode(LearnedTensor.self, forKey: key))
      case .dropout: .dropout(rate: try container.decode(Float.self, forKey: key))
      case .stochasticDepth:
        .stochasticDepth(rate: try container.decode(Float.self, forKey: key))
      }
  }

  /// Writes an object with one member: the kind of the operation with its numbers.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .convolution(let convolution): try container.encode(convolution, forKey: .convolution)
    case .batchNorm(let norm): try container.encode(norm, forKey: .batchNorm)
    case .layerNorm(let norm): try container.encode(norm, forKey: .layerNorm)
    case .linear(let linear): try container.encode(linear, forKey: .linear)
    case .activation(let function): try container.encode(function, forKey: .activation)
    case .add: try container.encode(Nothing(), forKey: .add)
    case .multiply: try container.encode(Nothing(), forKey: .multiply)
    case .concatenate: try container.encode(Nothing(), forKey: .concatenate)
    case .narrow(let range): try container.encode(range, forKey: .narrow)
    case .channelShuffle(let groups): try container.encode(groups, forKey: .channelShuffle)
    case .maxPool(let pooling): try container.encode(pooling, forKey: .maxPool)
    case .averagePool(let pooling): try container.encode(pooling, forKey: .averagePool)
    case .globalAveragePool: try container.encode(Nothing(), forKey: .globalAveragePool)
    case .flatten: try container.encode(Nothing(), forKey: .flatten)
    case .reshape(let shape): try container.encode(shape, forKey: .reshape)
    case .transpose(let order): try container.encode(order, forKey: .transpose)
    case .matrixProduct: try container.encode(Nothing(), forKey: .matrixProduct)
    case .softmax: try container.encode(Nothing(), forKey: .softmax)
    case .attention(let attention): try container.encode(attention, forKey: .attention)
    case .layerScale(let tensor): try container.encode(tensor, forKey: .layerScale)
    case .classToken(let tensor): try container.encode(tensor, forKey: .classToken)
    case .positionEmbedding(let tensor):
      try container.encode(tensor, forKey: .positionEmbedding)
    case .dropout(let rate): try container.encode(rate, forKey: .dropout)
    case .stochasticDepth(let rate): try container.encode(rate, forKey: .stochasticDepth)
    }
  }
}

extension Extent: Codable {
  /// Reads `[height, width]`.
  package init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(
      height: try container.decode(Int.self), width: try container.decode(Int.self))
  }

  /// Writes `[height, width]`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(height)
    try container.encode(width)
  }
}

extension Padding: Codable {
  /// Reads `[top, left, bottom, right]`.
  package init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(
      top: try container.decode(Int.self), left: try container.decode(Int.self),
      bottom: try container.decode(Int.self), right: try container.decode(Int.self))
  }

  /// Writes `[top, left, bottom, right]`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for side in [top, left, bottom, right] { try container.encode(side) }
  }
}
