import Engine
import Tensors

extension InferenceNetwork {
  /// What comes out for images, in as many runs as the batch size asks for.
  func outputs(of images: [Float]) throws -> [Float] {
    let count = images.count / inputShape.elementCount
    var outputs = [Float](repeating: .nan, count: count * outputShape.elementCount)
    try images.withUnsafeBufferPointer { input in
      try outputs.withUnsafeMutableBufferPointer { output in
        for first in stride(from: 0, to: count, by: batchSize) {
          let size = min(batchSize, count - first)
          try run(
            UnsafeBufferPointer(rebasing: input[(first * inputShape.elementCount)...]),
            count: size,
            into: UnsafeMutableBufferPointer(
              rebasing: output[(first * outputShape.elementCount)...]))
        }
      }
    }
    return outputs
  }
}

/// The largest difference, relative to the largest expected number.
func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(0) { max($0, abs($1)) }
  var worst: Float = 0
  for (one, other) in zip(found, expected) {
    let difference = abs(one - other)
    // Not a number is the largest difference, and `max` would lose it.
    guard difference.isFinite else { return .infinity }
    worst = max(worst, difference)
  }
  return scale == 0 ? worst : worst / scale
}

/// The bit patterns, so that zeros of both signs differ and a number that is none equals itself.
func bits(_ numbers: some Sequence<Float>) -> [UInt32] { numbers.map(\.bitPattern) }
