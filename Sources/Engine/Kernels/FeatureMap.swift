import Tensors

/// How the channels of one image `[C, H, W]` lie in memory.
///
/// Channel `c` of pixel `p` is number `(c / block * pixels + p) * block + c % block`. The lanes of
/// the last block that belong to no channel hold zeros; kernels keep them so.
struct FeatureMap: Hashable {
  let channels: Int
  /// Height times width.
  let pixels: Int
  /// How many channels stand together: 1 row by row.
  let block: Int

  init(channels: Int, pixels: Int, block: Int) {
    self.channels = channels
    self.pixels = pixels
    self.block = block
  }

  /// A shape with the first axis as channels and all others as pixels.
  init(_ shape: Shape, _ layout: Layout) {
    self.init(
      channels: shape.extents.first ?? 1, pixels: shape.extents.dropFirst().reduce(1, *),
      block: layout == .blocked ? Device.channelBlock : 1)
  }

  /// How many blocks there are; the last one may be partly empty.
  var blocks: Int { (channels + block - 1) / block }

  /// How many floats it spans, with the empty lanes.
  var count: Int { blocks * pixels * block }

  /// Where the first pixel of a channel is.
  func offset(of channel: Int) -> Int { channel / block * pixels * block + channel % block }

  /// Sets the lanes of the last block that belong to no channel to zero.
  func clearEmptyLanes(_ x: UnsafeMutablePointer<Float>) {
    let used = channels % block
    guard used > 0 else { return }
    let last = x + (blocks - 1) * pixels * block
    for pixel in 0..<pixels {
      for lane in used..<block { last[pixel * block + lane] = 0 }
    }
  }
}
