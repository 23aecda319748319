/// Tokens that a network has learned: one before the others, and one that is added to each.
enum TokenKernel {
  /// Puts a token `[features]` before those of one image, `[tokens, features]`.
  static func prepend(
    _ token: UnsafePointer<Float>, to x: UnsafePointer<Float>, tokens: Int, features: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    y.update(from: token, count: features)
    (y + features).update(from: x, count: tokens * features)
  }

  /// The gradient of what a token was put before: all but the first of `tokens + 1`.
  static func prependBackward(
    _ dy: UnsafePointer<Float>, tokens: Int, features: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    dx.update(from: dy + features, count: tokens * features)
  }

  /// `y = x + p` for one image, as position embeddings are added; `y` may be `x`.
  ///
  /// The gradient of `x` is that of `y`.
  static func add(
    _ p: UnsafePointer<Float>, to x: UnsafePointer<Float>, count: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index + 8 <= count {
      store(load(x + index) + load(p + index), to: y + index)
      index += 8
    }
    while index < count {
      y[index] = x[index] + p[index]
      index += 1
    }
  }

  /// Adds to the gradient of a learned token or embedding what all images give, for the elements
  /// of the range: `dp[i] += Σ dy[image * stride + i]`.
  ///
  /// `stride` is the elements of an image: `(tokens + 1) * features` for a token, which is the first
  /// of each image, or those of the embedding.
  static func addImageSums(
    _ dy: UnsafePointer<Float>, images: Int, stride: Int, elements: Range<Int>,
    into dp: UnsafeMutablePointer<Float>
  ) {
    for image in 0..<images {
      let gradient = dy + image * stride + elements.lowerBound
      let target = dp + elements.lowerBound
      add(gradient, to: target, count: elements.count, into: target)
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
