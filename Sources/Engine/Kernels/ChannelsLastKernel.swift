/// Between `[C, H, W]` in blocks of channels and `[H, W, C]` row by row, for one image.
enum ChannelsLastKernel {
  /// `[C, H, W]` in blocks to `[H, W, C]`.
  static func fromBlocks(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, into y: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<map.blocks {
      let lanes = min(map.block, map.channels - block * map.block)
      var source = x + block * map.pixels * map.block
      var destination = y + block * map.block
      for _ in 0..<map.pixels {
        if lanes == 8 {
          store(load(source), to: destination)
        } else if lanes == 16 {
          store(load(source), to: destination)
          store(load(source + 8), to: destination + 8)
        } else {
          for lane in 0..<lanes { destination[lane] = source[lane] }
        }
        source += map.block
        destination += map.channels
      }
    }
  }

  /// `[H, W, C]` to `[C, H, W]` in blocks, with zeros in the empty lanes.
  static func toBlocks(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, into y: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<map.blocks {
      let lanes = min(map.block, map.channels - block * map.block)
      var source = x + block * map.block
      var destination = y + block * map.pixels * map.block
      for _ in 0..<map.pixels {
        if lanes == 8 {
          store(load(source), to: destination)
        } else if lanes == 16 {
          store(load(source), to: destination)
          store(load(source + 8), to: destination + 8)
        } else {
          for lane in 0..<lanes { destination[lane] = source[lane] }
        }
        source += map.channels
        destination += map.block
      }
    }
    map.clearEmptyLanes(y)
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
