/// Elementwise products, of two tensors or with a factor for each channel.
enum MultiplyKernel {
  // MARK: Two tensors of one shape and layout

  /// `z = x y`; `z` may be `x` or `y`.
  ///
  /// It is its own backward: `dx = dz y` and `dy = dz x`.
  static func forward(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int,
    into z: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index + 8 <= count {
      store(load(x + index) * load(y + index), to: z + index)
      index += 8
    }
    while index < count {
      z[index] = x[index] * y[index]
      index += 1
    }
  }

  // MARK: A factor for each channel

  /// `y = x s` for one image, with the factors `s` `[C, 1, 1]` in the image's layout; `y` may be `x`.
  ///
  /// With the output's gradient in place of `x` it gives the gradient of the input.
  static func forward(
    _ x: UnsafePointer<Float>, factors s: UnsafePointer<Float>, _ map: FeatureMap,
    into y: UnsafeMutablePointer<Float>
  ) {
    guard map.block > 1 else {
      for channel in 0..<map.channels {
        let first = channel * map.pixels
        scale(x + first, by: s[channel], count: map.pixels, into: y + first)
      }
      return
    }
    for block in 0..<map.blocks {
      for half in stride(from: 0, to: map.block, by: 8) {
        let factor = load(s + block * map.block + half)
        let first = block * map.pixels * map.block + half
        for pixel in 0..<map.pixels {
          let index = first + pixel * map.block
          store(load(x + index) * factor, to: y + index)
        }
      }
    }
  }

  /// The gradient of the factors for one image, in the layout of `[C, 1, 1]`:
  /// `ds = Σ dy x` over the pixels.
  ///
  /// Only the blocks of the range are computed and written; row by row, a channel is a block.
  static func factorGradients(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ map: FeatureMap, blocks: Range<Int>,
    into ds: UnsafeMutablePointer<Float>
  ) {
    for block in blocks {
      let first = block * map.pixels * map.block
      guard map.block > 1 else {
        ds[block] = dot(x + first, dy + first, count: map.pixels)
        continue
      }
      for half in stride(from: 0, to: map.block, by: 8) {
        var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var index = first + half
        for _ in 0..<map.pixels / 2 {
          sums.0 += load(x + index) * load(dy + index)
          sums.1 += load(x + index + map.block) * load(dy + index + map.block)
          index += 2 * map.block
        }
        if !map.pixels.isMultiple(of: 2) { sums.0 += load(x + index) * load(dy + index) }
        store(sums.0 + sums.1, to: ds + block * map.block + half)
      }
    }
  }

  /// `y = a x`; `y` may be `x`.
  static func scale(
    _ x: UnsafePointer<Float>, by a: Float, count: Int, into y: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index + 8 <= count {
      store(load(x + index) * a, to: y + index)
      index += 8
    }
    while index < count {
      y[index] = x[index] * a
      index += 1
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
