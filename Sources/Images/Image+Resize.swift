package import Tensors

extension Image {
  /// The picture, or a window of it, at another size, antialiased as Pillow's `Image.resize`.
  ///
  /// Columns are mixed first and rounded to 8 bits, then rows, with the weights of
  /// ``ResampleWeights``. The result is Pillow's but for sums within 0.0001 of half, which may
  /// round the other way, and for the sizes at which newer versions of Pillow mix rows first: then
  /// by less than 0.4 of 255 on average.
  ///
  /// - Parameters:
  ///   - width: the new width in pixels.
  ///   - height: the new height in pixels.
  ///   - interpolation: the filter.
  ///   - window: what to show, the whole picture if `nil`. Pixels beside it are not mixed in: the
  ///     result is that of cropping first.
  /// - Returns: a picture of `width` x `height` pixels.
  /// - Precondition: both sides are positive, the picture has a pixel, and the window fits in it.
  package func resized(
    width: Int, height: Int, interpolation: Interpolation, window: PixelWindow? = nil
  ) -> Image {
    precondition(width > 0 && height > 0, "a picture has a pixel")
    let window = window ?? PixelWindow(left: 0, top: 0, width: self.width, height: self.height)
    precondition(window.fits(width: self.width, height: self.height), "a window fits")
    if (width, height) == (self.width, self.height),
      (width, height) == (window.width, window.height)
    {
      return self
    }
    let columns = ResampleWeights(
      inputLength: window.width, outputLength: width, outputs: 0..<width,
      interpolation: interpolation
    ).shifted(by: window.left)
    let rows = ResampleWeights(
      inputLength: window.height, outputLength: height, outputs: 0..<height,
      interpolation: interpolation
    ).shifted(by: window.top)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { target, count in
      resample(columns: columns, rows: rows) { row, values in
        let start = 3 * width * row
        for index in 0..<3 * width { target[start + index] = byte(values[index]) }
      }
      count = 3 * width * height
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// Computes the rows of a resized picture one after the other.
  ///
  /// Only the inputs that the weights name are read. At any time no more rows are kept than one
  /// output row mixes.
  ///
  /// - Parameters:
  ///   - columns: the outputs that are wanted along the width.
  ///   - rows: the outputs that are wanted along the height.
  ///   - body: takes the number of the row, from 0, and its interleaved red, green and blue: whole
  ///     numbers from 0 to 255.
  func resample(
    columns: ResampleWeights, rows: ResampleWeights,
    body: (_ row: Int, _ values: UnsafePointer<Float>) -> Void
  ) {
    let inputColumns = columns.inputs
    let rowLength = 3 * columns.starts.count
    // Whole vectors are read and written, so each row has room for one more.
    let stride = rowLength + Vector.scalarCount
    let capacity = rows.longestCount
    withUnsafeTemporaryAllocation(
      of: Float.self, capacity: 3 * inputColumns.count + 4 + stride * (capacity + 1)
    ) { memory in
      guard let input = memory.baseAddress else { return }
      memory.initialize(repeating: 0)
      let kept = input + 3 * inputColumns.count + 4
      let output = kept + stride * capacity
      pixels.withUnsafeBufferPointer { buffer in
        guard let pixels = buffer.baseAddress else { return }
        var next = 0
        for row in rows.starts.indices {
          let start = rows.starts[row]
          let end = start + rows.counts[row]
          next = max(next, start)
          while next < end {
            widen(
              pixels + 3 * (next * width + inputColumns.lowerBound),
              count: 3 * inputColumns.count, into: input)
            mixColumns(
              input, first: inputColumns.lowerBound, columns,
              into: kept + stride * (next % capacity))
            next += 1
          }
          rows.weights.withUnsafeBufferPointer { weights in
            mixRows(
              kept, stride: stride, capacity: capacity, start: start, count: end - start,
              weights: weights, firstWeight: row * rows.longestCount, length: rowLength,
              into: output)
          }
          body(row, output)
        }
      }
    }
  }
}

private typealias Vector = SIMD8<Float>

/// The low byte of a whole number from 0 to 255, without the checks of a conversion.
@inline(__always)
func byte(_ value: Float) -> UInt8 {
  // From 2²³ on, the last bits of a `Float` count ones.
  UInt8(truncatingIfNeeded: (value + 0x1p23).bitPattern)
}

@inline(__always)
private func widen(
  _ pixels: UnsafePointer<UInt8>, count: Int, into target: UnsafeMutablePointer<Float>
) {
  for index in 0..<count { target[index] = Float(pixels[index]) }
}

/// One row at its new width; each pixel is a vector whose fourth lane belongs to the next pixel and
/// is overwritten by it.
@inline(__always)
private func mixColumns(
  _ input: UnsafePointer<Float>, first: Int, _ columns: ResampleWeights,
  into target: UnsafeMutablePointer<Float>
) {
  columns.weights.withUnsafeBufferPointer { weights in
    var weight = 0
    for column in columns.starts.indices {
      let source = UnsafeRawPointer(input + 3 * (columns.starts[column] - first))
      var sum = SIMD4<Float>(repeating: 0)
      for tap in 0..<columns.counts[column] {
        let pixel = source.loadUnaligned(fromByteOffset: 12 * tap, as: SIMD4<Float>.self)
        sum += pixel * weights[weight + tap]
      }
      UnsafeMutableRawPointer(target + 3 * column).storeBytes(
        of: rounded(sum), as: SIMD4<Float>.self)
      weight += columns.longestCount
    }
  }
}

@inline(__always)
private func mixRows(
  _ kept: UnsafePointer<Float>, stride: Int, capacity: Int, start: Int, count: Int,
  weights: UnsafeBufferPointer<Float>, firstWeight: Int, length: Int,
  into target: UnsafeMutablePointer<Float>
) {
  var position = 0
  while position < length {
    var sum = Vector(repeating: 0)
    var slot = start % capacity
    for tap in 0..<count {
      let source = UnsafeRawPointer(kept + stride * slot + position)
      sum += source.loadUnaligned(as: Vector.self) * weights[firstWeight + tap]
      slot += 1
      if slot == capacity { slot = 0 }
    }
    let place = UnsafeMutableRawPointer(target + position)
    place.storeBytes(of: rounded(sum.lowHalf), as: SIMD4<Float>.self)
    place.storeBytes(of: rounded(sum.highHalf), toByteOffset: 16, as: SIMD4<Float>.self)
    position += Vector.scalarCount
  }
}

/// Whole numbers from 0 to 255, halves rounded up.
///
/// `x + 2²³ - 2²³` rounds to a whole number, and where that went up one is taken back. Conversions,
/// `clamped` and `rounded` of the standard library would go lane by lane,
/// and so do masks of more than four lanes on some processors.
@inline(__always)
private func rounded(_ sum: SIMD4<Float>) -> SIMD4<Float> {
  var raised = sum + 0.5
  raised.replace(with: 0, where: raised .< 0)
  raised.replace(with: 255, where: raised .> 255)
  let whole = (raised + 0x1p23) - 0x1p23
  return whole.replacing(with: whole - 1, where: whole .> raised)
}
