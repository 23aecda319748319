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

  /// How many floats a call needs for itself.
  var scratchCount: Int { kernel.height * kernel.width * 8 }

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
          scratch.update(repeating: 0, count: scratchCount)
          sum(x + place * inputBlock + half, dy + place * outputBlock + half, into: scratch)
          for lane in 0..<lanes {
            let target = dw + (number * block + half + lane) * taps
            for tap in 0..<taps { target[tap] += scratch[tap * 8 + lane] }
          }
        }
      }
    }
  }

  /// The sums of eight channels of one image, `[kernel height, kernel width, 8]`.
  private func sum(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<output[1] {
      let gradient = dy + row * output[2] * block
      for tapRow in 0..<kernel.height {
        let inputRow = row * stride.height - top + tapRow * dilation.height
        guard inputRow >= 0, inputRow < input[1] else { continue }
        let source = x + inputRow * input[2] * block
        let target = sums + tapRow * kernel.width * 8
        var tap = 0
        while tap < kernel.width {
          // Five sums fill the registers, and seven are better as four and three.
          let rest = kernel.width - tap
          let width = rest == 7 || rest == 4 ? 4 : rest == 6 || rest == 3 ? 3 : min(rest, 5)
          sumRow(source, gradient, firstTap: tap, taps: width, into: target + tap * 8)
          tap += width
        }
      }
    }
  }

  /// The sums over one row for a few neighbouring columns of the kernel.
  private func sumRow(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, firstTap: Int, taps: Int,
    into sums: UnsafeMutablePointer<Float>
  ) {
    // Where the input of all these columns lies inside the image.
    let offset = firstTap * dilation.width - left
    let reach = (taps - 1) * dilation.width
    let start = offset < 0 ? min((-offset + stride.width - 1) / stride.width, output[2]) : 0
    let room = input[2] - 1 - reach - offset
    let end = max(start, room < 0 ? 0 : min(room / stride.width + 1, output[2]))
    for column in 0..<start { sumBorder(x, dy, column, offset, taps, into: sums) }
    for column in end..<output[2] { sumBorder(x, dy, column, offset, taps, into: sums) }
    guard start < end else { return }
    let run = Run(
      x: x + (start * stride.width + offset) * block, dy: dy + start * block,
      count: end - start, step: stride.width * block, block: block,
      dilation: dilation.width * block)
    switch taps {
    case 5: run.addFive(to: sums)
    case 4: run.addFour(to: sums)
    case 3: run.addThree(to: sums)
    default: for tap in 0..<taps { run.addOne(tap, to: sums + tap * 8) }
    }
  }

  /// A pixel near the border, where some of the columns lie outside.
  private func sumBorder(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ column: Int, _ offset: Int,
    _ taps: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    let gradient = load(dy + column * block)
    for tap in 0..<taps {
      let place = column * stride.width + offset + tap * dilation.width
      guard place >= 0, place < input[2] else { continue }
      store(load(sums + tap * 8) + gradient * load(x + place * block), to: sums + tap * 8)
    }
  }
}

/// Neighbouring pixels of a row, all inside the image.
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
  func addOne(_ tap: Int, to sums: UnsafeMutablePointer<Float>) {
    var sum = load(sums)
    var (x, dy) = (x + tap * dilation, dy)
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
