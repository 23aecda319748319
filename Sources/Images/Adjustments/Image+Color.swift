extension Image {
  /// The picture made lighter or darker, as Pillow's `ImageEnhance.Brightness`: each value times
  /// `factor`, where 0 is black and 1 leaves the picture as it is.
  package func withBrightness(_ factor: Float) -> Image {
    mapped((0..<256).map { blended(0, UInt8($0), factor) })
  }

  /// The picture with more or less contrast, as Pillow's `ImageEnhance.Contrast`: each value's
  /// distance from the mean grey times `factor`, where 0 is plain grey and 1 leaves the picture as
  /// it is.
  package func withContrast(_ factor: Float) -> Image {
    guard !pixels.isEmpty else { return self }
    let sum = pixels.withUnsafeBufferPointer { source in
      stride(from: 0, to: source.count, by: 3).reduce(0) { $0 + grey(source, $1) }
    }
    let mean = Float(Int(Double(sum) / Double(width * height) + 0.5))
    return mapped((0..<256).map { blended(mean, UInt8($0), factor) })
  }

  /// The picture with more or less colour, as Pillow's `ImageEnhance.Color`: each value's distance
  /// from its pixel's grey times `factor`, where 0 is a grey picture and 1 leaves it as it is.
  package func withSaturation(_ factor: Float) -> Image {
    let changed = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for place in stride(from: 0, to: source.count, by: 3) {
          let grey = Float(grey(source, place))
          for channel in 0..<3 {
            target[place + channel] = blended(grey, source[place + channel], factor)
          }
        }
      }
      count = pixels.count
    }
    return Image(width: width, height: height, pixels: changed)
  }

  /// The picture sharpened or blurred, as Pillow's `ImageEnhance.Sharpness`: each value's distance
  /// from the smoothed picture times `factor`, where 0 is smoothed and 1 leaves it as it is.
  ///
  /// Smoothing takes the mean of 3 x 3 pixels with a weight of 5 for the middle one. Pixels on the
  /// border stay as they are.
  package func withSharpness(_ factor: Float) -> Image {
    guard width > 2, height > 2 else { return self }
    let length = 3 * width
    var changed = pixels
    changed.withUnsafeMutableBufferPointer { target in
      pixels.withUnsafeBufferPointer { source in
        for row in 1..<height - 1 {
          for place in row * length + 3..<(row + 1) * length - 3 {
            var sum = 4 * Int(source[place])
            for line in [place - length, place, place + length] {
              sum += Int(source[line - 3]) + Int(source[line]) + Int(source[line + 3])
            }
            target[place] = blended(Float((2 * sum + 13) / 26), source[place], factor)
          }
        }
      }
    }
    return Image(width: width, height: height, pixels: changed)
  }

  /// Each value replaced by what a table of 256 values has for it.
  func mapped(_ table: [UInt8]) -> Image { mapped(table, table, table) }

  /// Each value replaced by what its channel's table of 256 values has for it.
  func mapped(_ red: [UInt8], _ green: [UInt8], _ blue: [UInt8]) -> Image {
    let tables = red + green + blue
    let changed = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      tables.withUnsafeBufferPointer { tables in
        pixels.withUnsafeBufferPointer { source in
          for place in stride(from: 0, to: source.count, by: 3) {
            target[place] = tables[Int(source[place])]
            target[place + 1] = tables[256 + Int(source[place + 1])]
            target[place + 2] = tables[512 + Int(source[place + 2])]
          }
        }
      }
      count = pixels.count
    }
    return Image(width: width, height: height, pixels: changed)
  }
}

/// `factor` times the way from a value of the changed picture to that of the original, cut off to
/// 8 bits as Pillow's `Image.blend` does.
@inline(__always)
private func blended(_ changed: Float, _ original: UInt8, _ factor: Float) -> UInt8 {
  let value = changed + factor * (Float(original) - changed)
  return UInt8(min(max(value, 0), 255))
}

/// The grey of a pixel with the weights of ITU-R BT.601 in 16 binary places, as Pillow's mode `L`.
@inline(__always)
func grey(_ source: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
  (19_595 * Int(source[place]) + 38_470 * Int(source[place + 1]) + 7471 * Int(source[place + 2])
    + 0x8000) >> 16
}
