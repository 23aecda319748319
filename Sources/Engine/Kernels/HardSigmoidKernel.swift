/// `y = relu6(x + 3) / 6`, which version 2.6 of oneDNN does not have.
enum HardSigmoidKernel {
  /// One image; `y` may be `x`.
  static func forward(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, into y: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index + 8 <= map.count {
      var sum = load(x + index) + 3
      sum.replace(with: 0, where: sum .< 0)
      sum.replace(with: 6, where: sum .> 6)
      store(sum / 6, to: y + index)
      index += 8
    }
    while index < map.count {
      y[index] = min(max(x[index] + 3, 0), 6) / 6
      index += 1
    }
    // The function of zero is a half.
    map.clearEmptyLanes(y)
  }

  /// The gradient of the input, a sixth of the output's where `-3 < x < 3`; `dx` may be `dy`.
  static func backward(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ map: FeatureMap,
    into dx: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index + 8 <= map.count {
      let input = load(x + index)
      let slope = (load(dy + index) / 6)
        .replacing(with: 0, where: (input .<= -3) .| (input .>= 3))
      store(slope, to: dx + index)
      index += 8
    }
    while index < map.count {
      dx[index] = x[index] > -3 && x[index] < 3 ? dy[index] / 6 : 0
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
