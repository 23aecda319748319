package import Diagnostics
package import Tensors

/// How the tensors of a file compare with those that a network owns.
package struct LoadReport: Hashable, Sendable {
  /// A tensor that both have, with different shapes.
  package struct Mismatch: Hashable, Sendable {
    package let name: String
    package let expected: Shape
    package let found: Shape
  }

  /// Names that both have, with one shape, in the network's order.
  package private(set) var applied: [String] = []
  /// What the network owns and the file lacks, without what a file may lack.
  package private(set) var missing: [TensorSpecification] = []
  /// Names that only the file has, in the file's order.
  package private(set) var unused: [String] = []
  /// Names that both have, with different shapes.
  package private(set) var mismatched: [Mismatch] = []

  /// Compares names and shapes.
  ///
  /// - Complexity: O(tensors); no element is read.
  package init(of stateDict: StateDict, in network: Network) {
    self.init(of: stateDict, in: network.tensors)
  }

  init(of stateDict: StateDict, in specifications: [TensorSpecification]) {
    var known: Set<String> = []
    for specification in specifications {
      known.insert(specification.name)
      guard let tensor = stateDict[specification.name] else {
        if !specification.isOptional { missing.append(specification) }
        continue
      }
      if tensor.shape == specification.shape {
        applied.append(specification.name)
      } else {
        mismatched.append(
          Mismatch(
            name: specification.name, expected: specification.shape, found: tensor.shape))
      }
    }
    unused = stateDict.names.filter { !known.contains($0) }
  }

  /// Whether the network gets all that it needs and the file gives nothing else.
  package var isComplete: Bool { missing.isEmpty && mismatched.isEmpty && unused.isEmpty }

  /// The first few differences, one sentence part each, shapes before absences.
  package func differences(limit: Int) -> [String] {
    var texts = mismatched.map { "\($0.name) has shape \($0.found) instead of \($0.expected)" }
    texts += missing.map { "\($0.name) \($0.shape) is missing" }
    texts += unused.map { "\($0) is not part of it" }
    return Array(texts.prefix(limit))
  }

  /// The error for a file that is not of an architecture.
  func refusal(of architecture: String) -> RegistryError {
    RegistryError(
      .wrongArchitecture,
      "The tensors are not those of \(architecture): "
        + differences(limit: 3).joined(separator: "; ")
        + ". In all, \(mismatched.count) differ in shape, \(missing.count) are missing and "
        + "\(unused.count) are left over.",
      place: Place(subject: architecture),
      remedy: "Name the architecture that the file was made with; known ones: "
        + "\(Architecture.knownNames).")
  }
}

extension RegistryError.Code {
  /// A file's tensors are not those of the network they were said to be.
  package static let wrongArchitecture = Self("wrong_architecture", .badInput)
  /// A tensor holds numbers of a type that its layer cannot use.
  package static let wrongScalarType = Self("wrong_scalar_type", .badInput)
  /// A weight is infinite or not a number.
  package static let nonFiniteWeight = Self("non_finite_weight", .badInput)
}

extension Network {
  /// The tensors of this network from a file's, in the network's order.
  ///
  /// Weights of other floating-point types become float32, rounded to the nearest; float32 is
  /// shared, not copied. A counter of batches that the file lacks stays absent.
  ///
  /// - Throws: `wrong_architecture` when a tensor is missing, has another shape, or is no part of
  ///   this network (a larger network may have all of a smaller one's); `wrong_scalar_type`;
  ///   `non_finite_weight`.
  /// - Complexity: O(elements), since every weight is checked.
  package func load(_ stateDict: StateDict) throws(RegistryError) -> StateDict {
    let report = LoadReport(of: stateDict, in: self)
    guard report.isComplete else { throw report.refusal(of: architecture) }
    var loaded = StateDict()
    for specification in tensors {
      guard let tensor = stateDict[specification.name] else { continue }
      loaded[specification.name] = try tensor.converted(for: specification)
    }
    return loaded
  }
}

extension Tensor {
  /// The same numbers in the type that a layer computes with.
  fileprivate func converted(
    for specification: TensorSpecification
  ) throws(RegistryError) -> Tensor {
    guard specification.scalarType == .float32 else {
      guard scalarType == specification.scalarType else {
        throw wrongType(specification)
      }
      return self
    }
    let result: Tensor
    switch scalarType {
    case .float32: result = self
    case .float16, .bfloat16, .float64: result = Tensor(shape: shape, floats())
    case .int64, .int32, .int16, .int8, .uint8, .bool: throw wrongType(specification)
    }
    // Without the sign, infinities and NaN have the largest bit patterns: one maximum finds them.
    let isFinite = result.withUnsafeBytes { bytes in
      var worst: UInt32 = 0
      for offset in stride(from: 0, to: bytes.count, by: 4) {
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        worst = max(worst, bits & 0x7fff_ffff)
      }
      return worst < 0x7f80_0000
    }
    guard isFinite else {
      throw RegistryError(
        .nonFiniteWeight, "The tensor \(specification.name) holds an infinite number or no number.",
        place: Place(tensor: specification.name),
        remedy: "Take a checkpoint from before the training diverged.")
    }
    return result
  }

  private func wrongType(_ specification: TensorSpecification) -> RegistryError {
    RegistryError(
      .wrongScalarType,
      "The tensor \(specification.name) holds \(scalarType.rawValue) instead of "
        + "\(specification.scalarType.rawValue).",
      place: Place(tensor: specification.name),
      remedy: "Import the network in floating point, before it was quantized.")
  }
}
