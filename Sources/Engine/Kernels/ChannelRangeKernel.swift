/// Copies of ranges of channels: concatenation, narrowing, and the backward passes of both.
///
/// For tensors that are no images the first axis is the channels, with blocks of one.
enum ChannelRangeKernel {
  /// Copies `count` channels of one image from `first` on to `target` on in another.
  ///
  /// Other channels of the destination stay as they are. If its last channel is written, so are the
  /// empty lanes behind it, with zeros. To concatenate, copy each input to its place; for the
  /// gradient of an input, copy its channels back out; to narrow, copy from the range to 0.
  static func copy(
    _ source: UnsafePointer<Float>, _ map: FeatureMap, from first: Int, count: Int,
    to destination: UnsafeMutablePointer<Float>, _ targetMap: FeatureMap, at target: Int
  ) {
    let pixels = map.pixels
    var done = 0
    while done < count {
      let from = first + done
      let to = target + done
      // As many as stand together on both sides.
      let isWhole =
        map.block == targetMap.block && from.isMultiple(of: map.block)
        && to.isMultiple(of: map.block) && count - done >= map.block
      if isWhole {
        let run = (count - done) / map.block * map.block
        (destination + targetMap.offset(of: to)).update(
          from: source + map.offset(of: from), count: run * pixels)
        done += run
        continue
      }
      let run = min(
        map.block - from % map.block, targetMap.block - to % targetMap.block, count - done)
      copyLanes(
        source + map.offset(of: from), stride: map.block,
        to: destination + targetMap.offset(of: to), stride: targetMap.block, lanes: run,
        pixels: pixels)
      done += run
    }
    if count > 0, target + count == targetMap.channels {
      targetMap.clearEmptyLanes(destination)
    }
  }

  /// The gradient of what was narrowed: the output's gradient, of `count` channels, at `first` on
  /// among zeros.
  static func narrowBackward(
    _ dy: UnsafePointer<Float>, _ map: FeatureMap, into dx: UnsafeMutablePointer<Float>,
    _ inputMap: FeatureMap, at first: Int
  ) {
    dx.update(repeating: 0, count: inputMap.count)
    copy(dy, map, from: 0, count: map.channels, to: dx, inputMap, at: first)
  }

  private static func copyLanes(
    _ source: UnsafePointer<Float>, stride: Int, to destination: UnsafeMutablePointer<Float>,
    stride targetStride: Int, lanes: Int, pixels: Int
  ) {
    for lane in 0..<lanes {
      var from = source + lane
      var to = destination + lane
      for _ in 0..<pixels {
        to.pointee = from.pointee
        from += stride
        to += targetStride
      }
    }
  }
}
