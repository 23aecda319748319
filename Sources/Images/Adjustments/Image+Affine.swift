extension Image {
  /// The picture moved by an affine map, of the same size, sampled bilinearly as Pillow's
  /// `Image.transform` with `BILINEAR`.
  ///
  /// Along its border a pixel is mixed with itself. Points outside of the picture become `fill`.
  ///
  /// - Parameters:
  ///   - map: where each point of the new picture lies in this one.
  ///   - fill: red, green and blue.
  /// - Returns: a picture of the same size.
  /// - Precondition: the picture has a pixel, and `fill` three values.
  package func transformed(by map: AffineMap, fill: [UInt8]) -> Image {
    precondition(fill.count == 3 && width > 0 && height > 0, "a colour and a pixel")
    let moved = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
          for column in 0..<width {
            let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
            let place = 3 * (row * width + column)
            if !sample(
              source, x: map.a * x + map.b * y + map.c, y: map.d * x + map.e * y + map.f,
              into: target, place)
            {
              for channel in 0..<3 { target[place + channel] = fill[channel] }
            }
          }
        }
      }
      count = pixels.count
    }
    return Image(width: width, height: height, pixels: moved)
  }

  /// Writes the colour at a point.
  ///
  /// - Returns: `false`, and nothing is written, when the point is outside of the picture.
  @inline(__always)
  private func sample(
    _ source: UnsafeBufferPointer<UInt8>, x: Double, y: Double,
    into target: UnsafeMutableBufferPointer<UInt8>, _ place: Int
  ) -> Bool {
    guard x >= 0, x < Double(width), y >= 0, y < Double(height) else { return false }
    let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
    let (across, down) = (x - 0.5 - left, y - 0.5 - top)
    let (column, row) = (Int(left), Int(top))
    let columns = (3 * max(column, 0), 3 * min(column + 1, width - 1))
    let rows = (3 * width * max(row, 0), 3 * width * min(row + 1, height - 1))
    for channel in 0..<3 {
      let upper = mixed(
        source[rows.0 + columns.0 + channel], source[rows.0 + columns.1 + channel], across)
      let lower = mixed(
        source[rows.1 + columns.0 + channel], source[rows.1 + columns.1 + channel], across)
      target[place + channel] = UInt8(upper + (lower - upper) * down)
    }
    return true
  }
}

@inline(__always)
private func mixed(_ first: UInt8, _ second: UInt8, _ share: Double) -> Double {
  Double(first) + (Double(second) - Double(first)) * share
}
