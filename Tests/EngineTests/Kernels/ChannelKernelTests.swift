import Tensors
import Testing

@testable import Engine

/// Kernels that treat each channel alike.
struct ChannelKernelTests {
  @Test(arguments: smallAndOddChannels)
  func `a hard sigmoid is PyTorch's, and so is its gradient`(channels: Int) throws {
    var golden = KernelGolden("hardsigmoid \(channels)")
    let x = golden.draw(channels, 15, scale: 5)
    let dy = golden.draw(channels, 15)
    for map in FeatureMap.all(channels: channels, pixels: 15) {
      var y = map.room
      HardSigmoidKernel.forward(map.packed(x), map, into: &y)
      try golden.check("y", map.unpacked(y))
      var dx = map.room
      HardSigmoidKernel.backward(map.packed(x), map.packed(dy), map, into: &dx)
      try golden.check("dx", map.unpacked(dx))
    }
  }

  @Test(arguments: smallAndOddChannels)
  func `factors of channels multiply as PyTorch broadcasts, and so do their gradients`(
    channels: Int
  ) throws {
    var golden = KernelGolden("multiply \(channels)")
    let x = golden.draw(channels, 15)
    let s = golden.draw(channels, 1)
    let dy = golden.draw(channels, 15)
    for map in FeatureMap.all(channels: channels, pixels: 15) {
      let factorMap = FeatureMap(channels: channels, pixels: 1, block: map.block)
      var y = map.room
      MultiplyKernel.forward(map.packed(x), factors: factorMap.packed(s), map, into: &y)
      try golden.check("y", map.unpacked(y))
      var dx = map.room
      MultiplyKernel.forward(map.packed(dy), factors: factorMap.packed(s), map, into: &dx)
      try golden.check("dx", map.unpacked(dx))
      var ds = factorMap.room
      for block in 0..<map.blocks {
        MultiplyKernel.factorGradients(
          map.packed(x), map.packed(dy), map, blocks: block..<block + 1, into: &ds)
      }
      try golden.check("ds", factorMap.unpacked(ds))
      // The same of a parameter, which two images share.
      var sum = [Float](repeating: 0, count: channels)
      LayerScaleKernel.addFactorGradients(
        map.packed(x + x), map.packed(dy + dy), map, images: 2, blocks: 0..<map.blocks, into: &sum)
      try golden.check("ds", sum.map { $0 / 2 })
    }
  }

  @Test(arguments: [1, 7, 8, 9, 40])
  func `tensors of one shape multiply element by element`(count: Int) {
    let x = counting(count)
    var z = [Float](repeating: .nan, count: count)
    MultiplyKernel.forward(x, Array(x.reversed()), count: count, into: &z)
    #expect(z == zip(x, x.reversed()).map { $0 * $1 })
    MultiplyKernel.scale(x, by: 0.5, count: count, into: &z)
    #expect(z == x.map { $0 * 0.5 })
  }

  @Test(arguments: [[8, 16], [1, 2, 3], [9, 8, 7, 1], [17, 15], [5, 3, 8], [16, 4, 20]])
  func `channels are concatenated one behind the other, and come back`(parts: [Int]) {
    let channels = parts.reduce(0, +)
    let plain = counting(channels * 6)
    for map in FeatureMap.all(channels: channels, pixels: 6) {
      var joined = map.room
      var first = 0
      for part in parts {
        let partMap = FeatureMap(channels: part, pixels: 6, block: map.block)
        let numbers = partMap.packed(Array(plain[first * 6..<(first + part) * 6]))
        ChannelRangeKernel.copy(
          numbers, partMap, from: 0, count: part, to: &joined, map, at: first)
        first += part
      }
      #expect(map.unpacked(joined) == plain)
      first = 0
      for part in parts {
        let partMap = FeatureMap(channels: part, pixels: 6, block: map.block)
        let expected = Array(plain[first * 6..<(first + part) * 6])
        var out = partMap.room
        ChannelRangeKernel.copy(
          joined, map, from: first, count: part, to: &out, partMap, at: 0)
        #expect(partMap.unpacked(out) == expected)
        var back = map.room
        ChannelRangeKernel.narrowBackward(out, partMap, into: &back, map, at: first)
        let zeros = [Float](repeating: 0, count: plain.count)
        #expect(
          map.unpacked(back) == zeros[..<(first * 6)] + expected
            + zeros[((first + part) * 6)...])
        first += part
      }
    }
  }

  @Test(arguments: [(6, 2), (6, 3), (4, 4), (9, 3), (18, 2), (116, 2), (5, 1)])
  func `channels are shuffled between groups, and back`(channels: Int, groups: Int) {
    let plain = counting(channels * 5)
    let width = channels / groups
    let expected = (0..<channels).flatMap { channel in
      let source = channel % groups * width + channel / groups
      return plain[source * 5..<(source + 1) * 5]
    }
    for map in FeatureMap.all(channels: channels, pixels: 5) {
      var shuffled = map.room
      ChannelShuffleKernel.forward(map.packed(plain), map, groups: groups, into: &shuffled)
      #expect(map.unpacked(shuffled) == expected)
      var back = map.room
      ChannelShuffleKernel.backward(shuffled, map, groups: groups, into: &back)
      #expect(map.unpacked(back) == plain)
    }
  }

  @Test(arguments: smallAndOddChannels)
  func `blocks of channels become channels last, and back`(channels: Int) {
    let plain = counting(channels * 6)
    let last = (0..<6).flatMap { pixel in (0..<channels).map { plain[$0 * 6 + pixel] } }
    for map in FeatureMap.all(channels: channels, pixels: 6).dropFirst() {
      var rows = [Float](repeating: .nan, count: plain.count)
      ChannelsLastKernel.fromBlocks(map.packed(plain), map, into: &rows)
      #expect(rows == last)
      var blocks = map.room
      ChannelsLastKernel.toBlocks(rows, map, into: &blocks)
      #expect(map.unpacked(blocks) == plain)
    }
  }
}
