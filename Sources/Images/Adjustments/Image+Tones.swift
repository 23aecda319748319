extension Image {
  /// The picture with only the `bits` highest bits of each value, as Pillow's `ImageOps.posterize`.
  ///
  /// - Precondition: `bits` is 0 to 8.
  package func posterized(bits: Int) -> Image {
    precondition((0...8).contains(bits), "a value has 8 bits")
    let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
    return mapped((0..<256).map { UInt8($0) & mask })
  }

  /// The picture with all values from `threshold` on inverted, as Pillow's `ImageOps.solarize`.
  package func solarized(threshold: Int) -> Image {
    mapped((0..<256).map { UInt8($0 < threshold ? $0 : 255 - $0) })
  }

  /// The picture with each channel stretched to 0 to 255, as Pillow's `ImageOps.autocontrast`.
  package func autocontrasted() -> Image {
    mappedByHistogram { histogram in
      guard let low = histogram.firstIndex(where: { $0 > 0 }),
        let high = histogram.lastIndex(where: { $0 > 0 }), high > low
      else { return nil }
      let scale = 255 / Double(high - low)
      let offset = -Double(low) * scale
      return (0..<256).map { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
    }
  }

  /// The picture with all values of each channel about as frequent as each other, as Pillow's
  /// `ImageOps.equalize`.
  package func equalized() -> Image {
    mappedByHistogram { histogram in
      let last = histogram.last { $0 > 0 } ?? 0
      let step = (histogram.reduce(0, +) - last) / 255
      guard step > 0 else { return nil }
      var count = step / 2
      return histogram.map { frequency in
        defer { count += frequency }
        return UInt8(min(count / step, 255))
      }
    }
  }

  /// Each channel replaced through a table made of its histogram; `nil` leaves it as it is.
  private func mappedByHistogram(_ table: ([Int]) -> [UInt8]?) -> Image {
    var histograms = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
    for place in stride(from: 0, to: pixels.count, by: 3) {
      for channel in 0..<3 { histograms[channel][Int(pixels[place + channel])] += 1 }
    }
    let tables = histograms.map { table($0) ?? Array(0...255) }
    return mapped(tables[0], tables[1], tables[2])
  }
}
