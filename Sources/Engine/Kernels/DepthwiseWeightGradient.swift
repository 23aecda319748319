import Networks
import Tensors

/// The gradient of a depthwise convolution's weights, in blocks of channels.
///
/// oneDNN's own is fast for 3x3 alone; for other kernels version 2.6 falls to matrix products that
/// take thirty times as long as the forward pass.
struct DepthwiseWeightGradient {
  private let input: Shape
  private let output: Shape
  private let kernel: Extent
  private let stride: Extent
  private let dilation: Extent
  private let top: Int
  private let left: Int
  private let block: Int

  /// How many floats a call needs for itself: eight channels of an image with its border to the left
  /// and the right, and their sums.
  var scratchCount: Int { sumCount + input[1] * paddedWidth * 8 }

  private var sumCount: Int { kernel.height * kernel.width * 8 }

  /// How many columns of the input, with the border, the windows of a row cover.
  private var paddedWidth: Int {
    (output[2] - 1) * stride.width + (kernel.width - 1) * dilation.width + 1
  }

  /// How many blocks of channels there are.
  var blocks: Int { (input[0] + block - 1) / block }

  /// - Parameters:
  ///   - convolution: As many groups as channels, in and out.
  ///   - input: `[C, H, W]`.
  ///   - output: What the convolution makes of it.
  ///   - block: How many channels stand together, a multiple of 8.
  init(_ convolution: Convolution, input: Shape, output: Shape, block: Int = Device.channelBlock) {
    precondition(
      convolution.groups == convolution.inChannels
        && convolution.groups == convolution.outChannels && block.isMultiple(of: 8),
      "a depthwise convolution in blocks")
    self.input = input
    self.output = output
    self.block = block
    kernel = convolution.kernel
    stride = convolution.stride
    dilation = convolution.dilation
    top = convolution.padding.top
    left = convolution.padding.left
  }

  /// Adds to the gradient of the weights, for the blocks of the range, what all images give.
  ///
  /// A weight is summed by rows, then images, in one order, whatever the range.
  ///
  /// `x` holds the inputs, `images` times `[C, H, W]` in blocks, and `dy` the outputs' gradients;
  /// `scratch` has room for ``scratchCount`` numbers. `dw` is `[C, 1, kernel height, kernel width]`,
  /// row by row.
  func add(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, images: Int, blocks: Range<Int>,
    scratch: UnsafeMutablePointer<Float>, into dw: UnsafeMutablePointer<Float>
  ) {
    let inputBlock = input[1] * input[2] * block
    let outputBlock = output[1] * output[2] * block
    let taps = kernel.height * kernel.width
    for number in blocks {
      for image in 0..<images {
        let place = image * self.blocks + number
        for half in Swift.stride(from: 0, to: block, by: 8) {
          let lanes = min(8, input[0] - number * block - half)
          if lanes <= 0 { break }
          scratch.update(repeating: 0, count: sumCount)
          pad(x + place * inputBlock + half, into: scratch + sumCount)
          sum(scratch + sumCount, dy + place * outputBlock + half, into: scratch)
          for lane in 0..<lanes {
            let target = dw + (number * block + half + lane) * taps
            for tap in 0..<taps { target[tap] += scratch[tap * 8 + lane] }
          }
        }
      }
    }
  }

  /// Copies eight channels of one image, with zeros to the left and the right where windows reach
  /// beyond it.
  private func pad(_ x: UnsafePointer<Float>, into padded: UnsafeMutablePointer<Float>) {
    let width = paddedWidth
    let end = min(left + input[2], width)
    for row in 0..<input[1] {
      let source = x + row * input[2] * block
      let target = padded + row * width * 8
      for column in 0..<min(left, width) { store(.zero, to: target + column * 8) }
      var column = left
      while column < end {
        store(load(source + (column - left) * block), to: target + column * 8)
        column += 1
      }
      while column < width {
        store(.zero, to: target + column * 8)
        column += 1
      }
    }
  }

  /// The sums of eight channels of one image, `[kernel height, kernel width, 8]`.
  private func sum(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<output[1] {
      for tapRow in 0..<kernel.height {
        let inputRow = row * stride.height - top + tapRow * dilation.height
        guard inputRow >= 0, inputRow < input[1] else { continue }
        let target = sums + tapRow * kernel.width * 8
        var tap = 0
        while tap < kernel.width {
          let run = Run(
            x: x + (inputRow * paddedWidth + tap * dilation.width) * 8,
            dy: dy + row * output[2] * block, count: output[2], step: stride.width * 8,
            block: block, dilation: dilation.width * 8)
          // Five sums fill the registers, and seven are better as four and three.
          switch kernel.width - tap {
          case 5, 8...:
            run.addFive(to: target + tap * 8)
            tap += 5
          case 4, 7:
            run.addFour(to: target + tap * 8)
            tap += 4
          case 3, 6:
            run.addThree(to: target + tap * 8)
            tap += 3
          default:
            run.addOne(to: target + tap * 8)
            tap += 1
          }
        }
      }
    }
  }
}

/// What a row of outputs adds to the sums of a few neighbouring columns of the kernel.
private struct Run {
  let x: UnsafePointer<Float>
  let dy: UnsafePointer<Float>
  let count: Int
  /// How far the inputs of neighbouring outputs lie apart.
  let step: Int
  let block: Int
  /// How far the inputs of neighbouring columns of the kernel lie apart.
  let dilation: Int

  @inline(__always)
  func addFive(to sums: UnsafeMutablePointer<Float>) {
    var (a, b, c) = (load(sums), load(sums + 8), load(sums + 16))
    var (d, e) = (load(sums + 24), load(sums + 32))
    var (x, dy) = (x, dy)
    for _ in 0..<count {
      let gradient = load(dy)
      a += gradient * load(x)
      b += gradient * load(x + dilation)
      c += gradient * load(x + 2 * dilation)
      d += gradient * load(x + 3 * dilation)
      e += gradient * load(x + 4 * dilation)
      x += step
      dy += block
    }
    store(a, to: sums)
    store(b, to: sums + 8)
    store(c, to: sums + 16)
    store(d, to: sums + 24)
    store(e, to: sums + 32)
  }

  @inline(__always)
  func addFour(to sums: UnsafeMutablePointer<Float>) {
    var (a, b) = (load(sums), load(sums + 8))
    var (c, d) = (load(sums + 16), load(sums + 24))
    var (x, dy) = (x, dy)
    for _ in 0..<count {
      let gradient = load(dy)
      a += gradient * load(x)
      b += gradient * load(x + dilation)
      c += gradient * load(x + 2 * dilation)
      d += gradient * load(x + 3 * dilation)
      x += step
      dy += block
    }
    store(a, to: sums)
    store(b, to: sums + 8)
    store(c, to: sums + 16)
    store(d, to: sums + 24)
  }

  @inline(__always)
  func addThree(to sums: UnsafeMutablePointer<Float>) {
    var (a, b, c) = (load(sums), load(sums + 8), load(sums + 16))
    var (x, dy) = (x, dy)
    for _ in 0..<count {
      let gradient = load(dy)
      a += gradient * load(x)
      b += gradient * load(x + dilation)
      c += gradient * load(x + 2 * dilation)
      x += step
      dy += block
    }
    store(a, to: sums)
    store(b, to: sums + 8)
    store(c, to: sums + 16)
  }

  @inline(__always)
  func addOne(to sums: UnsafeMutablePointer<Float>) {
    var sum = load(sums)
    var (x, dy) = (x, dy)
    for _ in 0..<count {
      sum += load(dy) * load(x)
      x += step
      dy += block
    }
    store(sum, to: sums)
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
