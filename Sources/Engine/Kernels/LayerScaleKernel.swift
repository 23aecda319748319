/// Products with a learned factor.
///
/// Factors `[features]` of the last axis are here; for factors `[C, 1, 1]` the products are those of
/// ``MultiplyKernel``, and only the gradient of the factors is here.
enum LayerScaleKernel {
  /// `y = x s` for each row of `[rows, features]`; `y` may be `x`.
  ///
  /// With the output's gradient in place of `x` it gives the gradient of the input.
  static func forward(
    _ x: UnsafePointer<Float>, factors s: UnsafePointer<Float>, rows: Int, features: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      MultiplyKernel.forward(
        x + row * features, s, count: features, into: y + row * features)
    }
  }

  /// Adds to the gradient of the factors, for the features of the range, what all rows give:
  /// `ds += Σ dy x`.
  static func addFactorGradients(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, rows: Int, features: Int,
    columns: Range<Int>, into ds: UnsafeMutablePointer<Float>
  ) {
    // Sums of sums are more exact than one long sum, and few rows stay in the cache.
    for first in stride(from: 0, to: rows, by: 32) {
      let end = min(first + 32, rows)
      var column = columns.lowerBound
      while column + 8 <= columns.upperBound {
        var sums = SIMD8<Float>.zero
        for row in first..<end {
          sums += load(dy + row * features + column) * load(x + row * features + column)
        }
        store(load(ds + column) + sums, to: ds + column)
        column += 8
      }
      while column < columns.upperBound {
        var sum: Float = 0
        for row in first..<end { sum += dy[row * features + column] * x[row * features + column] }
        ds[column] += sum
        column += 1
      }
    }
  }

  /// Adds to the gradient of factors `[C, 1, 1]`, for the blocks of the range, what all images give.
  ///
  /// `images` maps lie one behind the other in `x` and `dy`; `ds` is `[C]`, without empty lanes.
  static func addFactorGradients(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ map: FeatureMap, images: Int,
    blocks: Range<Int>, into ds: UnsafeMutablePointer<Float>
  ) {
    for block in blocks {
      for image in 0..<images {
        let first = image * map.count + block * map.pixels * map.block
        guard map.block > 1 else {
          ds[block] += dot(x + first, dy + first, count: map.pixels)
          continue
        }
        for half in stride(from: 0, to: map.block, by: 8) {
          var sums = SIMD8<Float>.zero
          var index = first + half
          for _ in 0..<map.pixels {
            sums += load(x + index) * load(dy + index)
            index += map.block
          }
          let channel = block * map.block + half
          for lane in 0..<max(min(8, map.channels - channel), 0) {
            ds[channel + lane] += sums[lane]
          }
        }
      }
    }
  }

  private static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int
  ) -> Float {
    var lanes = SIMD8<Float>.zero
    var index = 0
    while index + 8 <= count {
      lanes += load(x + index) * load(y + index)
      index += 8
    }
    var sum = lanes.sum()
    while index < count {
      sum += x[index] * y[index]
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
