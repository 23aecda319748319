/// The three products of a linear layer with weights `[out, in]`: outputs, and the gradients with
/// respect to weights and inputs.
///
/// A layer with few outputs, as a head for two labels has, would waste the tiles of
/// ``MatrixProduct``; it gets loops that read every row of the inputs once.
final class LinearProducts {
  private static let fewOutputs = 16

  private let product = MatrixProduct()

  /// `outputs += inputs weightsᵀ` for `inputs` `[rows, in]` and `outputs` `[rows, out]`.
  func addOutputs(
    inputs: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    to outputs: UnsafeMutablePointer<Float>, rows: Int, inWidth: Int, outWidth: Int
  ) {
    guard outWidth <= Self.fewOutputs else {
      product.add(
        MatrixView(inputs, width: inWidth), times: MatrixView(weights, width: inWidth).transposed,
        to: outputs, rows: rows, columns: outWidth, depth: inWidth)
      return
    }
    for row in 0..<rows {
      let input = inputs + row * inWidth
      let output = outputs + row * outWidth
      var column = 0
      while column + 2 <= outWidth {
        let sums = Self.dotPair(
          input, weights + column * inWidth, weights + (column + 1) * inWidth, count: inWidth)
        output[column] += sums.0
        output[column + 1] += sums.1
        column += 2
      }
      if column < outWidth {
        let last = weights + column * inWidth
        output[column] += Self.dotPair(input, last, last, count: inWidth).0
      }
    }
  }

  /// `weightGradient += outputGradientᵀ inputs`, of shape `[out, in]`.
  func addWeightGradient(
    outputGradient: UnsafePointer<Float>, inputs: UnsafePointer<Float>,
    to weightGradient: UnsafeMutablePointer<Float>, rows: Int, inWidth: Int, outWidth: Int
  ) {
    guard outWidth <= Self.fewOutputs else {
      product.add(
        MatrixView(outputGradient, width: outWidth).transposed,
        times: MatrixView(inputs, width: inWidth), to: weightGradient,
        rows: outWidth, columns: inWidth, depth: rows)
      return
    }
    var row = 0
    while row + 4 <= rows {
      for column in 0..<outWidth {
        let gradient = outputGradient + row * outWidth + column
        Self.addFourRows(
          inputs + row * inWidth, width: inWidth,
          factors: SIMD4(
            gradient[0], gradient[outWidth], gradient[2 * outWidth], gradient[3 * outWidth]),
          to: weightGradient + column * inWidth)
      }
      row += 4
    }
    while row < rows {
      for column in 0..<outWidth {
        VectorMath.add(
          outputGradient[row * outWidth + column], times: inputs + row * inWidth,
          to: weightGradient + column * inWidth, count: inWidth)
      }
      row += 1
    }
  }

  /// `inputGradient += outputGradient weights`, of shape `[rows, in]`.
  func addInputGradient(
    outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    to inputGradient: UnsafeMutablePointer<Float>, rows: Int, inWidth: Int, outWidth: Int
  ) {
    product.add(
      MatrixView(outputGradient, width: outWidth), times: MatrixView(weights, width: inWidth),
      to: inputGradient, rows: rows, columns: inWidth, depth: outWidth)
  }

  /// The dot products of one vector with two others.
  private static func dotPair(
    _ x: UnsafePointer<Float>, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>,
    count: Int
  ) -> (Float, Float) {
    // Two sums each hide the latency of an addition.
    var sums = (
      SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
    )
    var index = 0
    while index + 16 <= count {
      let low = load(x + index)
      let high = load(x + index + 8)
      sums.0 += low * load(first + index)
      sums.1 += high * load(first + index + 8)
      sums.2 += low * load(second + index)
      sums.3 += high * load(second + index + 8)
      index += 16
    }
    var result = ((sums.0 + sums.1).sum(), (sums.2 + sums.3).sum())
    while index < count {
      result.0 += x[index] * first[index]
      result.1 += x[index] * second[index]
      index += 1
    }
    return result
  }

  private static func addFourRows(
    _ inputs: UnsafePointer<Float>, width: Int, factors: SIMD4<Float>,
    to target: UnsafeMutablePointer<Float>
  ) {
    let rows = (inputs, inputs + width, inputs + 2 * width, inputs + 3 * width)
    let factor = (factors[0], factors[1], factors[2], factors[3])
    var index = 0
    while index + 8 <= width {
      let first = load(rows.0 + index) * factor.0
      let second = load(rows.1 + index) * factor.1
      let third = load(rows.2 + index) * factor.2
      let fourth = load(rows.3 + index) * factor.3
      store(
        load(target + index) + ((first + second) + (third + fourth)),
        to: target + index)
      index += 8
    }
    while index < width {
      target[index] +=
        (rows.0[index] * factor.0 + rows.1[index] * factor.1)
        + (rows.2[index] * factor.2 + rows.3[index] * factor.3)
      index += 1
    }
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
