import Diagnostics
import Networks
import Tensors

/// Where each tensor of a head lies in one long vector of parameters, which is what optimizers see.
struct ParameterLayout: Sendable {
  /// A tensor and its part of the vector.
  struct Entry: Sendable {
    let name: String
    let shape: Shape
    let range: Range<Int>
    /// Whether weight decay draws it to zero: weights, not biases.
    var decays: Bool { shape.rank > 1 }
    /// How many inputs an output of the layer has; for weights.
    var fanIn: Int { shape.rank > 1 ? shape[1] : 1 }
  }

  private(set) var entries: [Entry] = []
  private(set) var count = 0

  /// Appends a tensor.
  ///
  /// - Returns: Where it begins.
  mutating func append(_ name: String, _ shape: Shape) -> Int {
    let start = count
    count += shape.elementCount
    entries.append(Entry(name: name, shape: shape, range: start..<count))
    return start
  }

  /// The parts of a vector as tensors, each named `prefix` and its name.
  func stateDict(of values: [Float], prefix: String = "") -> StateDict {
    StateDict(
      entries.map { entry in
        (prefix + entry.name, Tensor(shape: entry.shape, Array(values[entry.range])))
      })
  }

  /// The vector of the tensors that are named `prefix` and their name.
  ///
  /// - Throws: `malformed_head` when one is missing or has another shape.
  func values(of tensors: StateDict, prefix: String = "") throws(RegistryError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    for entry in entries {
      guard let tensor = tensors[prefix + entry.name], tensor.shape == entry.shape else {
        let found = tensors[prefix + entry.name].map { "has the shape \($0.shape)" } ?? "is missing"
        throw RegistryError(
          .malformedHead,
          "The tensor \(prefix + entry.name) of the head must be \(entry.shape) and \(found).",
          place: Place(tensor: entry.name), remedy: "Derive the model again with a new head.")
      }
      values += tensor.floats()
    }
    return values
  }
}
