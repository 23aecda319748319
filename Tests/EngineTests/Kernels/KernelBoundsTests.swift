import Glibc
import Networks
import Tensors
import Testing

@testable import Engine

/// Floats that end where a page begins that nobody may touch.
private final class GuardedFloats {
  private let mapping: UnsafeMutableRawPointer
  private let size: Int
  let base: UnsafeMutablePointer<Float>

  init(count: Int) {
    let page = 4096
    let used = (4 * count + page - 1) / page * page
    size = used + page
    mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED)
    mprotect(mapping + used, page, PROT_NONE)
    base = (mapping + used - 4 * count).assumingMemoryBound(to: Float.self)
  }

  deinit { munmap(mapping, size) }
}

/// Reading or writing behind a buffer would end the process.
struct KernelBoundsTests {
  @Test(arguments: smallAndOddChannels)
  func `kernels of channels stay inside their buffers`(channels: Int) throws {
    for map in FeatureMap.all(channels: channels, pixels: 6) {
      let x = GuardedFloats(count: map.count)
      let y = GuardedFloats(count: map.count)
      let z = GuardedFloats(count: map.count)
      let factors = GuardedFloats(count: map.blocks * map.block)
      let gradients = GuardedFloats(count: channels)
      HardSigmoidKernel.forward(x.base, map, into: y.base)
      HardSigmoidKernel.backward(x.base, y.base, map, into: z.base)
      MultiplyKernel.forward(x.base, y.base, count: map.count, into: z.base)
      MultiplyKernel.forward(x.base, factors: factors.base, map, into: y.base)
      MultiplyKernel.factorGradients(
        x.base, y.base, map, blocks: 0..<map.blocks, into: factors.base)
      LayerScaleKernel.addFactorGradients(
        x.base, y.base, map, images: 1, blocks: 0..<map.blocks, into: gradients.base)
      ChannelShuffleKernel.forward(x.base, map, groups: 1, into: y.base)
      for part in 1...channels {
        let partMap = FeatureMap(channels: part, pixels: 6, block: map.block)
        let p = GuardedFloats(count: partMap.count)
        let last = channels - part
        ChannelRangeKernel.copy(x.base, map, from: last, count: part, to: p.base, partMap, at: 0)
        ChannelRangeKernel.narrowBackward(p.base, partMap, into: y.base, map, at: last)
      }
      let rows = GuardedFloats(count: channels * 6)
      if map.block > 1 {
        ChannelsLastKernel.fromBlocks(x.base, map, into: rows.base)
        ChannelsLastKernel.toBlocks(rows.base, map, into: y.base)
      }
      DropoutKernel.forward(x.base, count: map.count, rate: 0.5, key: 1, into: y.base)
      #expect(map.unpacked(Array(UnsafeBufferPointer(start: y.base, count: map.count))).count > 0)
    }
  }

  @Test(arguments: smallAndOddChannels)
  func `kernels of rows stay inside their buffers`(features: Int) {
    let rows = 3
    let x = GuardedFloats(count: rows * features)
    let y = GuardedFloats(count: rows * features)
    let z = GuardedFloats(count: rows * features)
    let weight = GuardedFloats(count: features)
    let bias = GuardedFloats(count: features)
    let mean = GuardedFloats(count: rows)
    let inverseDeviation = GuardedFloats(count: rows)
    let statistics = LayerNormKernel.Statistics(
      mean: mean.base, inverseDeviation: inverseDeviation.base)
    LayerNormKernel.forward(
      x.base, weight: weight.base, bias: bias.base, rows: rows, features: features, epsilon: 1e-5,
      into: y.base, saving: statistics)
    LayerNormKernel.backward(
      x.base, y.base, weight: weight.base, statistics, rows: rows, features: features,
      into: z.base)
    LayerNormKernel.addParameterGradients(
      x.base, y.base, statistics, rows: rows, features: features, columns: 0..<features,
      weight: weight.base, bias: bias.base)
    SoftmaxKernel.forward(x.base, rows: rows, width: features, into: y.base)
    SoftmaxKernel.backward(output: y.base, x.base, rows: rows, width: features, into: z.base)
    LayerScaleKernel.forward(
      x.base, factors: weight.base, rows: rows, features: features, into: y.base)
    LayerScaleKernel.addFactorGradients(
      x.base, y.base, rows: rows, features: features, columns: 0..<features, into: weight.base)
    TokenKernel.add(x.base, to: y.base, count: rows * features, into: z.base)
    TokenKernel.prepend(
      weight.base, to: x.base, tokens: rows - 1, features: features, into: y.base)
    TransposeKernel([rows, features], order: [1, 0]).run(x.base, into: y.base)
    #expect((0..<rows * features).allSatisfy { z.base[$0] == 0 })
  }

  @Test(arguments: [1, 3, 5, 7, 9], [8, 16])
  func `gradients of depthwise weights stay inside their buffers`(
    side: Int, block: Int
  ) throws {
    for stride in [1, 2, 3] {
      let convolution = Convolution(
        inChannels: 9, outChannels: 9, kernel: Extent(side), stride: Extent(stride),
        padding: Padding(side / 2), groups: 9)
      let input: Shape = [9, 8, 7]
      let output = try Operation.convolution(convolution).outputShape(of: [input])
      let kernel = DepthwiseWeightGradient(
        convolution, input: input, output: output, block: block)
      let x = GuardedFloats(count: kernel.blocks * block * input[1] * input[2])
      let dy = GuardedFloats(count: kernel.blocks * block * output[1] * output[2])
      let scratch = GuardedFloats(count: kernel.scratchCount)
      let dw = GuardedFloats(count: 9 * side * side)
      kernel.add(
        x.base, dy.base, images: 1, blocks: 0..<kernel.blocks, scratch: scratch.base,
        into: dw.base)
      #expect((0..<9 * side * side).allSatisfy { dw.base[$0] == 0 })
    }
  }
}
