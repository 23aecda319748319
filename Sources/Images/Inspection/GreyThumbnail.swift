private import Tensors

/// A picture as 32 x 32 grey values: enough to tell whether two pictures show the same, whole or
/// cropped.
package struct GreyThumbnail: Hashable, Sendable {
  /// How many values a side has.
  package static let side = PerceptualHash.side
  /// How many values there are.
  package static let count = side * side

  /// The grey values, row by row.
  package let values: [UInt8]

  /// A thumbnail that was kept.
  ///
  /// - Precondition: there are ``count`` values.
  package init(values: [UInt8]) {
    precondition(values.count == Self.count, "32 x 32 values")
    self.values = values
  }

  /// The thumbnail of a picture.
  ///
  /// - Precondition: the picture has a pixel.
  package init(of image: Image) {
    self.init(
      values: image.resized(width: Self.side, height: Self.side, interpolation: .bilinear)
        .luma())
  }

  /// Whether hardly anything is to be seen: a standard deviation of less than two grey levels.
  package var isPlain: Bool {
    let mean = self.mean
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return squares < 4 * Double(Self.count)
  }

  /// The mean grey value, 0 to 255.
  package var mean: Double {
    Double(values.reduce(0) { $0 + Int($1) }) / Double(Self.count)
  }
}

extension GreyThumbnail {
  /// A part of a picture, as shares of its width and height.
  package struct Window: Hashable, Sendable {
    package var left: Double
    package var top: Double
    package var right: Double
    package var bottom: Double

    /// The whole picture.
    package static let whole = Window(left: 0, top: 0, right: 1, bottom: 1)

    /// The widest of the four margins that the window leaves.
    package var widestMargin: Double { max(left, top, 1 - right, 1 - bottom) }
  }

  /// How much of a side ``windows`` cut off at each of its ends.
  private static let margins = [0, 0.07, 0.14]
  private static let spans = margins.flatMap { start in margins.map { (start, 1 - $0) } }

  /// The windows that ``windowHashes()`` looks through, the whole picture first.
  ///
  /// Each cuts nothing, 7 or 14 of 100 off each of the four sides.
  package static let windows: [Window] = spans.flatMap { (top, bottom) in
    spans.map { (left, right) in Window(left: left, top: top, right: right, bottom: bottom) }
  }

  /// For each span, the cosines of the eight lowest frequencies over it, as weights of the 32
  /// values: the transform of a window is a product of two of these matrices with the picture.
  private static let transforms: [[Double]] = spans.map { start, end in
    let samples = Samples(from: start, to: end)
    var weights = [Double](repeating: 0, count: 8 * side)
    for frequency in 0..<8 {
      for position in 0..<side {
        let cosine = PerceptualHash.basis[frequency * side + position]
        let (place, share) = (samples.places[position], samples.shares[position])
        weights[frequency * side + place] += cosine * (1 - share)
        weights[frequency * side + place + 1] += cosine * share
      }
    }
    return weights
  }

  /// The perceptual hashes of the picture's ``windows``, in their order.
  ///
  /// A crop that cuts off at most a tenth of each side has a hash within about eight bits of that
  /// of one of the windows; other pictures differ in more.
  package func windowHashes() -> [UInt64] {
    var hashes = [UInt64](repeating: 0, count: Self.windows.count)
    let greys = values.map(Double.init)
    let side = Self.side
    for (across, columns) in Self.transforms.enumerated() {
      // [row, frequency]: along the width only.
      var halves = [Double](repeating: 0, count: side * 8)
      for y in 0..<side {
        for u in 0..<8 {
          var sum = 0.0
          for x in 0..<side { sum += greys[y * side + x] * columns[u * side + x] }
          halves[y * 8 + u] = sum
        }
      }
      for (down, rows) in Self.transforms.enumerated() {
        var coefficients = [Double](repeating: 0, count: 64)
        for v in 0..<8 {
          for y in 0..<side {
            let weight = rows[v * side + y]
            for u in 0..<8 { coefficients[v * 8 + u] += weight * halves[y * 8 + u] }
          }
        }
        hashes[down * Self.transforms.count + across] =
          PerceptualHash(lowFrequencies: coefficients).bits
      }
    }
    return hashes
  }

  /// How alike a window of this picture and the whole of another are: Pearson's correlation of
  /// their grey values, which neither brightness nor contrast changes; 0 when one of them is plain.
  package func correlation(of window: Window, with other: GreyThumbnail) -> Double {
    let across = Samples(from: window.left, to: window.right)
    let down = Samples(from: window.top, to: window.bottom)
    let side = Self.side
    var sums = (own: 0.0, other: 0.0, ownSquares: 0.0, otherSquares: 0.0, products: 0.0)
    for y in 0..<side {
      let (row, rowShare) = (down.places[y] * side, down.shares[y])
      for x in 0..<side {
        let (column, share) = (across.places[x], across.shares[x])
        let first = row + column
        let upper =
          Double(values[first]) * (1 - share) + Double(values[first + 1]) * share
        let lower =
          Double(values[first + side]) * (1 - share) + Double(values[first + side + 1]) * share
        let own = upper * (1 - rowShare) + lower * rowShare
        let value = Double(other.values[y * side + x])
        sums.own += own
        sums.other += value
        sums.ownSquares += own * own
        sums.otherSquares += value * value
        sums.products += own * value
      }
    }
    let count = Double(Self.count)
    let variances =
      (sums.ownSquares - sums.own * sums.own / count)
      * (sums.otherSquares - sums.other * sums.other / count)
    guard variances > 1 else { return 0 }
    return (sums.products - sums.own * sums.other / count) / variances.squareRoot()
  }

  /// The window of this picture that is most like the whole of another, near one that is known.
  ///
  /// Each side is moved in smaller and smaller steps for as long as that helps.
  ///
  /// - Complexity: O(1): at most a few hundred comparisons.
  package func bestWindow(
    for other: GreyThumbnail, near start: Window
  ) -> (window: Window, correlation: Double) {
    let sides: [WritableKeyPath<Window, Double>] = [\.left, \.top, \.right, \.bottom]
    var best = (window: start, correlation: correlation(of: start, with: other))
    for step in [0.03, 0.015, 0.0075] {
      var rounds = 0
      var isBetter = true
      while isBetter, rounds < 12 {
        isBetter = false
        rounds += 1
        for side in sides {
          for move in [-step, step] {
            var window = best.window
            window[keyPath: side] = min(max(window[keyPath: side] + move, 0), 1)
            guard window.right - window.left > 0.6, window.bottom - window.top > 0.6 else {
              continue
            }
            let value = correlation(of: window, with: other)
            if value > best.correlation + 1e-6 {
              best = (window, value)
              isBetter = true
            }
          }
        }
      }
    }
    return best
  }

  /// Where 32 places spread evenly over a part of a side lie between its 32 values.
  private struct Samples {
    /// The value before each place.
    var places: [Int]
    /// How far each place is from that value to the next one, 0 to 1.
    var shares: [Double]

    init(from start: Double, to end: Double) {
      let side = GreyThumbnail.side
      let positions = (0..<side).map { index in
        let place = start + (end - start) * (Double(index) + 0.5) / Double(side)
        return min(max(place * Double(side) - 0.5, 0), Double(side - 1))
      }
      places = positions.map { min(Int($0), side - 2) }
      shares = zip(positions, places).map { $0 - Double($1) }
    }
  }
}
