/// Between `[C, H, W]` in blocks of channels and `[H, W, C]` row by row, for one image.
enum ChannelsLastKernel {
  /// `[C, H, W]` in blocks to `[H, W, C]`.
  static func fromBlocks(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, into y: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<map.blocks {
      copy(
        x + block * map.pixels * map.block, stride: map.block, to: y + block * map.block,
        stride: map.channels, lanes: min(map.block, map.channels - block * map.block),
        pixels: map.pixels)
    }
  }

  /// `[H, W, C]` to `[C, H, W]` in blocks, with zeros in the empty lanes.
  static func toBlocks(
    _ x: UnsafePointer<Float>, _ map: FeatureMap, into y: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<map.blocks {
      copy(
        x + block * map.block, stride: map.channels, to: y + block * map.pixels * map.block,
        stride: map.block, lanes: min(map.block, map.channels - block * map.block),
        pixels: map.pixels)
    }
    map.clearEmptyLanes(y)
  }

  /// Copies a few neighbouring numbers of each pixel.
  private static func copy(
    _ x: UnsafePointer<Float>, stride: Int, to y: UnsafeMutablePointer<Float>,
    stride targetStride: Int, lanes: Int, pixels: Int
  ) {
    for pixel in 0..<pixels {
      let source = x + pixel * stride
      let destination = y + pixel * targetStride
      switch lanes {
      case 8:
        store(load(source), to: destination)
      case 16:
        store(load(source), to: destination)
        store(load(source + 8), to: destination + 8)
      default:
        for lane in 0..<lanes { destination[lane] = source[lane] }
      }
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
