/// `[C, H, W]` seen as `[groups, C / groups, H, W]`, with the first two axes exchanged.
enum ChannelShuffleKernel {
  /// One image: output channel `i * groups + g` is input channel `g * (C / groups) + i`.
  static func forward(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, groups: Int, into y: UnsafeMutablePointer<Float>
  ) {
    let width = map.channels / groups
    for channel in 0..<map.channels {
      let source = x + map.offset(of: channel % groups * width + channel / groups)
      let destination = y + map.offset(of: channel)
      guard map.block > 1 else {
        destination.update(from: source, count: map.pixels)
        continue
      }
      var index = 0
      for _ in 0..<map.pixels {
        destination[index] = source[index]
        index += map.block
      }
    }
    map.clearEmptyLanes(y)
  }

  /// The gradient of the input: the exchange back.
  static func backward(
    _ dy: UnsafePointer<Float>, _ map: FeatureMap, groups: Int,
    into dx: UnsafeMutablePointer<Float>
  ) {
    forward(dy, map, groups: map.channels / groups, into: dx)
  }
}
