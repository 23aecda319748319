package import Diagnostics
package import Networks
private import Tensors

/// The exponential moving average of a network's weights over the steps of a training
/// (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992).
///
/// Buffers are averaged like parameters, as timm's `ModelEmaV3` does.
package struct ExponentialMovingAverage: Sendable {
  /// The weight of the past once the average is warm, in `0..<1`.
  package let decay: Double
  /// The averaged parameters.
  package private(set) var parameters: [Float]
  /// The averaged buffers: running means and variances.
  package private(set) var buffers: [Float]
  /// How many times the average was updated.
  package private(set) var updates = 0

  /// An average that begins with the weights at the start.
  package init(parameters: [Float], buffers: [Float] = [], decay: Double = 0.9999) {
    self.parameters = parameters
    self.buffers = buffers
    self.decay = decay
  }

  /// The weight of the past in the update after `updates` others: `min(decay, (1 + n) / (10 + n))`,
  /// as TensorFlow's `ExponentialMovingAverage`, so that the weights at the start are soon forgotten.
  package static func decay(_ decay: Double, afterUpdates updates: Int) -> Double {
    min(decay, Double(1 + updates) / Double(10 + updates))
  }

  /// Takes in the weights after a step.
  ///
  /// - Precondition: the vectors are as long as the first ones.
  package mutating func update(
    parameters: UnsafeBufferPointer<Float>,
    buffers: UnsafeBufferPointer<Float> = UnsafeBufferPointer(start: nil, count: 0)
  ) {
    let share = Float(1 - Self.decay(decay, afterUpdates: updates))
    Self.move(&self.parameters, to: parameters, by: share)
    Self.move(&self.buffers, to: buffers, by: share)
    updates += 1
  }

  private static func move(
    _ average: inout [Float], to values: UnsafeBufferPointer<Float>, by share: Float
  ) {
    precondition(average.count == values.count, "vectors keep their length")
    guard let source = values.baseAddress else { return }
    average.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for index in 0..<values.count { target[index] += share * (source[index] - target[index]) }
    }
  }

  /// The average, bit for bit: `parameters` and `buffers`, float32, and `updates`, int64 `[1]`.
  ///
  /// The names begin with `prefix`.
  package func state(prefix: String = "average.") -> StateDict {
    StateDict([
      ("\(prefix)parameters", Tensor(shape: [parameters.count], parameters)),
      ("\(prefix)buffers", Tensor(shape: [buffers.count], buffers)),
      ("\(prefix)updates", SavedNumbers.tensor(ofIntegers: [updates])),
    ])
  }

  /// Goes on where a saved average was.
  ///
  /// - Parameters:
  ///   - tensors: What ``state(prefix:)`` gave.
  ///   - prefix: What the names begin with.
  /// - Throws: `mismatched_training_state` when a tensor is missing or is not as long; nothing has
  ///   changed then.
  package mutating func restore(
    from tensors: StateDict, prefix: String = "average."
  ) throws(RegistryError) {
    var restored = self
    restored.parameters = try SavedNumbers.floats(
      of: "\(prefix)parameters", in: tensors, count: parameters.count)
    restored.buffers = try SavedNumbers.floats(
      of: "\(prefix)buffers", in: tensors, count: buffers.count)
    restored.updates = try SavedNumbers.integers(of: "\(prefix)updates", in: tensors, count: 1)[0]
    self = restored
  }
}
