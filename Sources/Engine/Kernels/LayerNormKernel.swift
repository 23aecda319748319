/// Normalization of each row of `[rows, features]`:
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`
/// (Ba, Kiros and Hinton, 2016, arXiv:1607.06450).
enum LayerNormKernel {
  /// What the backward pass needs of the forward pass: two numbers for each row.
  struct Statistics {
    let mean: UnsafeMutablePointer<Float>
    /// `1 / sqrt(variance + epsilon)`.
    let inverseDeviation: UnsafeMutablePointer<Float>
  }

  /// `y` may be `x`, unless there will be a backward pass.
  static func forward(
    _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    rows: Int, features: Int, epsilon: Float, into y: UnsafeMutablePointer<Float>,
    saving statistics: Statistics? = nil
  ) {
    for row in 0..<rows {
      let input = x + row * features
      let output = y + row * features
      let mean = sum(input, count: features) / Float(features)
      let variance = squares(input, from: mean, count: features) / Float(features)
      let scale = 1 / (variance + epsilon).squareRoot()
      var index = 0
      while index + 8 <= features {
        store(
          (load(input + index) - mean) * scale * load(weight + index) + load(bias + index),
          to: output + index)
        index += 8
      }
      while index < features {
        output[index] = (input[index] - mean) * scale * weight[index] + bias[index]
        index += 1
      }
      statistics?.mean[row] = mean
      statistics?.inverseDeviation[row] = scale
    }
  }

  /// The gradient of the input; `dx` may be `dy`.
  ///
  /// With `g = dy weight` and `n` the normalized row it is
  /// `(g - mean(g) - n mean(g n)) / sqrt(variance + epsilon)`.
  static func backward(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, weight: UnsafePointer<Float>,
    _ statistics: Statistics, rows: Int, features: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let input = x + row * features
      let gradient = dy + row * features
      let output = dx + row * features
      let mean = statistics.mean[row]
      let scale = statistics.inverseDeviation[row]
      var lanes = (SIMD8<Float>.zero, SIMD8<Float>.zero)
      var index = 0
      while index + 8 <= features {
        let g = load(gradient + index) * load(weight + index)
        lanes.0 += g
        lanes.1 += g * (load(input + index) - mean)
        index += 8
      }
      var sums = (lanes.0.sum(), lanes.1.sum())
      while index < features {
        let g = gradient[index] * weight[index]
        sums.0 += g
        sums.1 += g * (input[index] - mean)
        index += 1
      }
      let center = sums.0 / Float(features)
      let slope = sums.1 / Float(features) * scale * scale
      index = 0
      while index + 8 <= features {
        let g = load(gradient + index) * load(weight + index)
        store(
          (g - center - (load(input + index) - mean) * slope) * scale, to: output + index)
        index += 8
      }
      while index < features {
        let g = gradient[index] * weight[index]
        output[index] = (g - center - (input[index] - mean) * slope) * scale
        index += 1
      }
    }
  }

  /// Adds to the gradients of the parameters, for the features of the range, what all rows give:
  /// `dweight += Σ dy n` and `dbias += Σ dy`.
  ///
  /// Each feature is summed in one order, whatever the range.
  static func addParameterGradients(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ statistics: Statistics, rows: Int,
    features: Int, columns: Range<Int>, weight dweight: UnsafeMutablePointer<Float>,
    bias dbias: UnsafeMutablePointer<Float>
  ) {
    // Few rows at a time, so that they stay in the cache from one strip of columns to the next,
    // and because sums of sums are more exact than one long sum.
    for first in stride(from: 0, to: rows, by: 32) {
      let end = min(first + 32, rows)
      var column = columns.lowerBound
      while column + 8 <= columns.upperBound {
        var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        for row in first..<end {
          let gradient = load(dy + row * features + column)
          let normalized =
            (load(x + row * features + column) - statistics.mean[row])
            * statistics.inverseDeviation[row]
          sums.0 += gradient * normalized
          sums.1 += gradient
        }
        store(load(dweight + column) + sums.0, to: dweight + column)
        store(load(dbias + column) + sums.1, to: dbias + column)
        column += 8
      }
      while column < columns.upperBound {
        var sums: (Float, Float) = (0, 0)
        for row in first..<end {
          let gradient = dy[row * features + column]
          let normalized =
            (x[row * features + column] - statistics.mean[row])
            * statistics.inverseDeviation[row]
          sums.0 += gradient * normalized
          sums.1 += gradient
        }
        dweight[column] += sums.0
        dbias[column] += sums.1
        column += 1
      }
    }
  }

  private static func sum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var lanes = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    var index = 0
    while index + 16 <= count {
      lanes.0 += load(x + index)
      lanes.1 += load(x + index + 8)
      index += 16
    }
    var sum = (lanes.0 + lanes.1).sum()
    while index < count {
      sum += x[index]
      index += 1
    }
    return sum
  }

  /// The sum of the squares of the distances from the mean.
  private static func squares(
    _ x: UnsafePointer<Float>, from mean: Float, count: Int
  ) -> Float {
    var lanes = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    var index = 0
    while index + 16 <= count {
      let low = load(x + index) - mean
      let high = load(x + index + 8) - mean
      lanes.0 += low * low
      lanes.1 += high * high
      index += 16
    }
    var sum = (lanes.0 + lanes.1).sum()
    while index < count {
      sum += (x[index] - mean) * (x[index] - mean)
      index += 1
    }
    return sum
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
