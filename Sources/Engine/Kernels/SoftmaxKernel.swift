/// `y = exp(x) / Σ exp(x)` of each row of `[rows, width]`.
enum SoftmaxKernel {
  /// `y` may be `x`.
  static func forward(
    _ x: UnsafePointer<Float>, rows: Int, width: Int, into y: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let input = x + row * width
      let output = y + row * width
      // The largest exponent becomes zero, so that nothing overflows.
      let largest = maximum(input, count: width)
      var lanes = SIMD8<Float>.zero
      var index = 0
      while index + 8 <= width {
        let power = exponential(load(input + index) - largest)
        store(power, to: output + index)
        lanes += power
        index += 8
      }
      var sum = lanes.sum()
      while index < width {
        let power = exponential(SIMD8(repeating: input[index] - largest))[0]
        output[index] = power
        sum += power
        index += 1
      }
      let factor = 1 / sum
      index = 0
      while index + 8 <= width {
        store(load(output + index) * factor, to: output + index)
        index += 8
      }
      while index < width {
        output[index] *= factor
        index += 1
      }
    }
  }

  /// The gradient of the input, `y (dy - Σ dy y)`; `dx` may be `dy`.
  static func backward(
    output y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, rows: Int, width: Int,
    into dx: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let output = y + row * width
      let gradient = dy + row * width
      let result = dx + row * width
      var lanes = SIMD8<Float>.zero
      var index = 0
      while index + 8 <= width {
        lanes += load(output + index) * load(gradient + index)
        index += 8
      }
      var sum = lanes.sum()
      while index < width {
        sum += output[index] * gradient[index]
        index += 1
      }
      index = 0
      while index + 8 <= width {
        store(load(output + index) * (load(gradient + index) - sum), to: result + index)
        index += 8
      }
      while index < width {
        result[index] = output[index] * (gradient[index] - sum)
        index += 1
      }
    }
  }

  private static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var lanes = SIMD8<Float>(repeating: -.infinity)
    var index = 0
    while index + 8 <= count {
      let next = load(x + index)
      lanes.replace(with: next, where: next .> lanes)
      index += 8
    }
    var largest = lanes.max()
    while index < count {
      largest = max(largest, x[index])
      index += 1
    }
    return largest
  }

  /// `exp(x)` of numbers that are not positive, to about one unit in the last place.
  ///
  /// `x = n ln 2 + r` with `|r| <= ln 2 / 2`; `exp(r)` is Taylor's polynomial of degree 7, whose
  /// error is below 1e-8, and `2ⁿ` is made from its bits.
  @inline(__always)
  private static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    // Below, the result would not be a normal number; a NaN stays one.
    let x = x.replacing(with: -87, where: x .< -87)
    // Adding 1.5 * 2²³ rounds to a whole number, which then stands in the lowest bits.
    let shift = SIMD8<Float>(repeating: 0x1.8p23)
    let shifted = x * 1.442_695_04 + shift
    let n = shifted - shift
    // ln 2 in two parts, of which the first has few bits, so that its product with n is exact.
    let r = (x - n * 0.693_359_375) - n * -2.121_944_4e-4
    var power = SIMD8<Float>(repeating: 1 / 5040)
    power = power * r + 1 / 720
    power = power * r + 1 / 120
    power = power * r + 1 / 24
    power = power * r + 1 / 6
    power = power * r + 1 / 2
    power = power * r + 1
    power = power * r + 1
    let whole =
      unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- unsafeBitCast(shift, to: SIMD8<Int32>.self)
    let scale = unsafeBitCast((whole &+ 127) &<< 23, to: SIMD8<Float>.self)
    return power * scale
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
