// A description is stored for as long as its model: the keys are written down here, not derived from
// names in the program. docs/storage-format.md shows them.

extension Operation: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case convolution
    case batchNorm = "batch_norm"
    case linear
    case activation
    case add
    case maxPool = "max_pool"
    case averagePool = "average_pool"
    case globalAveragePool = "global_average_pool"
    case flatten
    case dropout
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
      case .linear: .linear(try container.decode(Linear.self, forKey: key))
      case .activation: .activation(try container.decode(Activation.self, forKey: key))
      case .add: .add
      case .maxPool: .maxPool(try container.decode(Pooling.self, forKey: key))
      case .averagePool: .averagePool(try container.decode(Pooling.self, forKey: key))
      case .globalAveragePool: .globalAveragePool
      case .flatten: .flatten
      case .dropout: .dropout(rate: try container.decode(Float.self, forKey: key))
      }
  }

  /// Writes an object with one member: the kind of the operation with its numbers.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .convolution(let convolution): try container.encode(convolution, forKey: .convolution)
    case .batchNorm(let norm): try container.encode(norm, forKey: .batchNorm)
    case .linear(let linear): try container.encode(linear, forKey: .linear)
    case .activation(let function): try container.encode(function, forKey: .activation)
    case .add: try container.encode(Nothing(), forKey: .add)
    case .maxPool(let pooling): try container.encode(pooling, forKey: .maxPool)
    case .averagePool(let pooling): try container.encode(pooling, forKey: .averagePool)
    case .globalAveragePool: try container.encode(Nothing(), forKey: .globalAveragePool)
    case .flatten: try container.encode(Nothing(), forKey: .flatten)
    case .dropout(let rate): try container.encode(rate, forKey: .dropout)
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
