package import Diagnostics
import Networks
import Tensors

/// Vectors of numbers as the tensors of a checkpoint, bit for bit.
enum SavedNumbers {
  /// An int64 tensor of as many elements.
  static func tensor(ofIntegers values: [Int]) -> Tensor {
    Tensor(
      shape: [values.count], scalarType: .int64,
      storage: ByteStorage(count: 8 * values.count) { bytes in
        for (index, value) in values.enumerated() {
          bytes.storeBytes(of: Int64(value).littleEndian, toByteOffset: 8 * index, as: Int64.self)
        }
      })
  }

  /// The elements of an int64 tensor that ``tensor(ofIntegers:)`` made.
  ///
  /// - Throws: `mismatched_training_state` when it is missing, of another type or not as long, or
  ///   when a number is negative.
  static func integers(
    of name: String, in tensors: StateDict, count: Int
  ) throws(RegistryError) -> [Int] {
    let tensor = try find(name, .int64, in: tensors, count: count)
    let values = tensor.withUnsafeBytes { bytes in
      (0..<count).map {
        Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
      }
    }
    guard let negative = values.first(where: { $0 < 0 }) else { return values }
    throw RegistryError(
      .mismatchedTrainingState, "The tensor \(name) of a saved training counts \(negative) steps.",
      place: Place(tensor: name), remedy: "Train from the start.")
  }

  /// The elements of a float32 tensor.
  ///
  /// - Throws: `mismatched_training_state` when it is missing, of another type or not as long.
  static func floats(
    of name: String, in tensors: StateDict, count: Int
  ) throws(RegistryError) -> [Float] {
    try find(name, .float32, in: tensors, count: count).floats()
  }

  private static func find(
    _ name: String, _ type: ScalarType, in tensors: StateDict, count: Int
  ) throws(RegistryError) -> Tensor {
    let found = tensors[name]
    if let found, found.shape == [count], found.scalarType == type { return found }
    let description =
      found.map { "is \($0.scalarType) \($0.shape)" } ?? "is missing"
    throw RegistryError(
      .mismatchedTrainingState,
      "The tensor \(name) of a saved training must be \(type) [\(count)] and \(description).",
      place: Place(tensor: name), remedy: "Train from the start.")
  }
}

extension RegistryError.Code {
  /// A saved state of training does not fit the network or the options that it is to go on with.
  package static let mismatchedTrainingState = Self("mismatched_training_state", .conflict)
}
