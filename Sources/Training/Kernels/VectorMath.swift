/// Sums and products over long vectors, in a fixed order: the same bits every time.
enum VectorMath {
  /// `Σ x[i] y[i]`, added up in double precision.
  static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int
  ) -> Double {
    var lanes = SIMD8<Double>.zero
    var index = 0
    while index + 8 <= count {
      lanes += SIMD8<Double>(load(x + index)) * SIMD8<Double>(load(y + index))
      index += 8
    }
    var sum = lanes.sum()
    while index < count {
      sum += Double(x[index]) * Double(y[index])
      index += 1
    }
    return sum
  }

  /// Adds a multiple of a vector: `y += a x`.
  static func add(
    _ a: Float, times x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var index = 0
    while index + 8 <= count {
      store(load(y + index) + load(x + index) * a, to: y + index)
      index += 8
    }
    while index < count {
      y[index] += a * x[index]
      index += 1
    }
  }

  /// Goes along a direction: `y = x + a d`.
  static func move(
    from x: UnsafePointer<Float>, by a: Float, along d: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    for index in 0..<count { y[index] = x[index] + a * d[index] }
  }

  /// The largest absolute value.
  static func largestMagnitude(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var largest: Float = 0
    for index in 0..<count { largest = max(largest, abs(x[index])) }
    return largest
  }
}

// Each file of kernels has these two of its own: debug builds do not inline across files.
@inline(__always)
private func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
}

@inline(__always)
private func store(_ value: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
}
