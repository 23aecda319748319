private import Tensors

/// What can be told of a picture without knowing what it shows.
///
/// Everything but the thumbnail is measured on the picture at one size: the short side is brought to
/// ``side`` pixels when it is longer. Brightness is Pillow's `convert("L")`: luma with the weights
/// of ITU-R BT.601.
package struct ImageStatistics: Hashable, Sendable {
  /// The longest short side, in pixels, on which statistics are measured.
  package static let side = 256

  /// The level that 5 of 100 pixels do not exceed, from 0 to 1.
  package var lowBrightness: Float
  /// The level that 25 of 100 pixels do not exceed, from 0 to 1.
  package var quartileBrightness: Float
  /// The level that 95 of 100 pixels do not exceed, from 0 to 1.
  package var highBrightness: Float
  /// The difference between the strongest and the weakest channel that 95 of 100 pixels do not
  /// exceed, from 0 to 1: small for a grey picture.
  package var colorfulness: Float
  /// The variance of the Laplacian over the variance of the picture: small for a blurred one.
  ///
  /// The variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield
  /// microscopy", 2000) grows with the square of the contrast; divided, it is that of a picture
  /// with a contrast of one, so that a dark picture is not called blurred. 0 for a plain picture.
  package var sharpness: Float
  /// Digits of the digest of the pixels: two files with the same ones decode to the same picture.
  package var pixels: UInt64
  /// The picture in small.
  package var thumbnail: GreyThumbnail

  package init(
    lowBrightness: Float, quartileBrightness: Float, highBrightness: Float, colorfulness: Float,
    sharpness: Float, pixels: UInt64, thumbnail: GreyThumbnail
  ) {
    self.lowBrightness = lowBrightness
    self.quartileBrightness = quartileBrightness
    self.highBrightness = highBrightness
    self.colorfulness = colorfulness
    self.sharpness = sharpness
    self.pixels = pixels
    self.thumbnail = thumbnail
  }

  /// Measures a picture.
  ///
  /// - Complexity: O(pixels).
  /// - Precondition: the picture has a pixel.
  package init(of image: Image) {
    let shown = image.shrunk(toShortSide: Self.side)
    let luma = shown.luma()
    let brightness = Histogram(luma)
    lowBrightness = brightness.level(of: 5)
    quartileBrightness = brightness.level(of: 25)
    highBrightness = brightness.level(of: 95)
    colorfulness = Histogram(shown.chroma()).level(of: 95)
    sharpness = Self.sharpness(luma, width: shown.width, height: shown.height)
    var hasher = DigestHasher()
    hasher.update("\(image.width) \(image.height)\n")
    image.pixels.withUnsafeBytes { hasher.update($0) }
    pixels = hasher.finalize().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    thumbnail = GreyThumbnail(of: image)
  }

  /// The variance of the Laplacian `[0 1 0; 1 -4 1; 0 1 0]`, with the picture mirrored at the
  /// middle of its outermost pixels as OpenCV does, over the variance of the picture.
  private static func sharpness(_ luma: [UInt8], width: Int, height: Int) -> Float {
    var (sum, squares) = (0, 0)
    var (laplacianSum, laplacianSquares) = (0, 0)
    func mirrored(_ index: Int, _ count: Int) -> Int {
      index < 0 ? min(1, count - 1) : index >= count ? max(count - 2, 0) : index
    }
    luma.withUnsafeBufferPointer { luma in
      for y in 0..<height {
        let row = y * width
        let above = mirrored(y - 1, height) * width
        let below = mirrored(y + 1, height) * width
        for x in 0..<width {
          let value = Int(luma[row + x])
          let neighbours =
            Int(luma[above + x]) + Int(luma[below + x]) + Int(luma[row + mirrored(x - 1, width)])
            + Int(luma[row + mirrored(x + 1, width)])
          let laplacian = neighbours - 4 * value
          sum += value
          squares += value * value
          laplacianSum += laplacian
          laplacianSquares += laplacian * laplacian
        }
      }
    }
    func variance(_ sum: Int, _ squares: Int) -> Double {
      let count = Double(luma.count)
      return Double(squares) / count - (Double(sum) / count) * (Double(sum) / count)
    }
    let contrast = variance(sum, squares)
    return contrast < 1 ? 0 : Float(variance(laplacianSum, laplacianSquares) / contrast)
  }
}

/// How many values are at each of 256 levels.
private struct Histogram {
  private var counts = [Int](repeating: 0, count: 256)
  private let total: Int

  init(_ values: [UInt8]) {
    total = values.count
    for value in values { counts[Int(value)] += 1 }
  }

  /// The lowest level that at least so many of 100 values do not exceed, over 255.
  func level(of percent: Int) -> Float {
    var below = 0
    for (level, count) in counts.enumerated() {
      below += count
      if 100 * below >= percent * total { return Float(level) / 255 }
    }
    return 1
  }
}

extension Image {
  /// The picture with a short side of at most so many pixels, in its proportions.
  ///
  /// - Precondition: `shortSide` is positive and the picture has a pixel.
  package func shrunk(toShortSide shortSide: Int) -> Image {
    let length = min(width, height)
    guard length > shortSide else { return self }
    return resized(
      width: width * shortSide / length, height: height * shortSide / length,
      interpolation: .bilinear)
  }

  /// The picture with a long side of at most so many pixels, in its proportions.
  ///
  /// - Precondition: `side` is positive and the picture has a pixel.
  package func fitted(intoSide side: Int) -> Image {
    let length = max(width, height)
    guard length > side else { return self }
    return resized(
      width: max(1, width * side / length), height: max(1, height * side / length),
      interpolation: .bilinear)
  }

  /// Brightness, row by row, 0 to 255: Pillow's mode `L`.
  func luma() -> [UInt8] {
    pixels.withUnsafeBufferPointer { pixels in
      (0..<width * height).map { UInt8(grey(pixels, 3 * $0)) }
    }
  }

  /// The strongest channel of each pixel less the weakest.
  func chroma() -> [UInt8] {
    (0..<width * height).map { pixel in
      let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
      return max(red, green, blue) - min(red, green, blue)
    }
  }
}
