import Networks
import Tensors
import Testing

@testable import Engine

/// A convolution of `DEPTHWISE` in `Golden/make-kernels.py`.
private struct Window: CustomTestStringConvertible {
  let number: Int
  let channels: Int

  /// All of them: the first two with many numbers of channels.
  static let all = (0..<8).flatMap { number in
    (number < 2 ? smallAndOddChannels : [9]).map { Window(number: number, channels: $0) }
  }

  private static let kernels:
    [(kernel: Extent, stride: Extent, padding: Padding, dilation: Extent)] = [
      (5, 1, Padding(2), 1), (7, 1, Padding(3), 1), (3, 2, Padding(1), 1),
      (5, 2, Padding(top: 1, left: 1, bottom: 2, right: 2), 1),
      (
        Extent(height: 3, width: 4), Extent(height: 1, width: 2),
        Padding(top: 2, left: 0, bottom: 1, right: 3), Extent(height: 2, width: 1)
      ),
      (
        Extent(height: 6, width: 2), Extent(height: 2, width: 1),
        Padding(top: 5, left: 1, bottom: 0, right: 0), Extent(height: 1, width: 3)
      ),
      (
        Extent(height: 1, width: 11), Extent(height: 1, width: 3),
        Padding(top: 0, left: 6, bottom: 0, right: 4), 1
      ),
      (5, 1, Padding(2), 1),
    ]
  private static let sizes = [
    (7, 9), (9, 8), (6, 7), (8, 8), (8, 11), (9, 7), (2, 12), (1, 2),
  ]

  var testDescription: String { "depthwise \(number) \(channels)" }

  var convolution: Convolution {
    let window = Self.kernels[number]
    return Convolution(
      inChannels: channels, outChannels: channels, kernel: window.kernel, stride: window.stride,
      padding: window.padding, dilation: window.dilation, groups: channels)
  }

  var input: Shape { [channels, Self.sizes[number].0, Self.sizes[number].1] }
}

struct DepthwiseWeightGradientTests {
  @Test(arguments: Window.all)
  private func `the gradient of depthwise weights is PyTorch's`(window: Window) throws {
    var golden = KernelGolden(window.testDescription)
    let convolution = window.convolution
    let input = window.input
    let output = try Operation.convolution(convolution).outputShape(of: [input])
    let x = golden.draw(2, input[0], input[1], input[2])
    _ = golden.draw(input[0], 1, convolution.kernel.height, convolution.kernel.width)
    let dy = golden.draw(2, output[0], output[1], output[2])
    for block in [8, 16] {
      let map = FeatureMap(channels: input[0], pixels: input[1] * input[2], block: block)
      let outputMap = FeatureMap(channels: input[0], pixels: output[1] * output[2], block: block)
      let kernel = DepthwiseWeightGradient(
        convolution, input: input, output: output, block: block)
      var dw = [Float](
        repeating: 0, count: input[0] * convolution.kernel.height * convolution.kernel.width)
      var scratch = [Float](repeating: .nan, count: kernel.scratchCount)
      for number in (0..<kernel.blocks).reversed() {
        kernel.add(
          map.packed(x), outputMap.packed(dy), images: 2, blocks: number..<number + 1,
          scratch: &scratch, into: &dw)
      }
      try golden.check("dw", dw)
    }
  }
}
