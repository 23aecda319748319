extension Image {
  /// The picture with its colours turned on the wheel by `turn` of a full circle, as torchvision's
  /// `adjust_hue` does with a picture of Pillow.
  ///
  /// Hue and saturation have 8 bits, as in Pillow's mode `HSV`, so that even a turn of 0 rounds.
  ///
  /// - Precondition: `turn` is -0.5 to 0.5.
  package func withHue(turnedBy turn: Float) -> Image {
    precondition((-0.5...0.5).contains(turn), "half a circle either way")
    let steps = UInt8(truncatingIfNeeded: Int(Double(turn) * 255))
    let changed = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for place in stride(from: 0, to: source.count, by: 3) {
          let color = HueColor(
            red: source[place], green: source[place + 1], blue: source[place + 2])
          let turned = color.turned(by: steps)
          target[place] = turned.red
          target[place + 1] = turned.green
          target[place + 2] = turned.blue
        }
      }
      count = pixels.count
    }
    return Image(width: width, height: height, pixels: changed)
  }
}

/// Hue, saturation and value of 8 bits each (Smith, "Color gamut transform pairs", 1978), rounded
/// where Pillow rounds.
private struct HueColor {
  /// 255 is the full circle.
  private let hue: UInt8
  private let saturation: UInt8
  private let value: UInt8

  private init(hue: UInt8, saturation: UInt8, value: UInt8) {
    self.hue = hue
    self.saturation = saturation
    self.value = value
  }

  @inline(__always)
  init(red: UInt8, green: UInt8, blue: UInt8) {
    let largest = max(red, green, blue)
    let smallest = min(red, green, blue)
    value = largest
    guard largest > smallest else {
      hue = 0
      saturation = 0
      return
    }
    let range = Float(largest - smallest)
    let fromRed = Double(Float(largest - red) / range)
    let fromGreen = Double(Float(largest - green) / range)
    let fromBlue = Double(Float(largest - blue) / range)
    let sixths =
      if red == largest { fromBlue - fromGreen } else if green == largest {
        2 + fromRed - fromBlue
      } else { 4 + fromGreen - fromRed }
    // Rounded to single precision where Pillow keeps a `float`.
    let turns = Double(Float(sixths)) / 6 + 1
    hue = UInt8(Double(Float(turns >= 1 ? turns - 1 : turns)) * 255)
    saturation = UInt8(Double(range / Float(largest)) * 255)
  }

  @inline(__always)
  func turned(by steps: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
    HueColor(hue: hue &+ steps, saturation: saturation, value: value).color
  }

  private var color: (red: UInt8, green: UInt8, blue: UInt8) {
    let sixths = Float(hue) * 6 / 255
    let sector = Int(sixths)
    let part = Double(sixths - Float(sector))
    let share = Double(Float(saturation) / 255)
    let low = level(1 - share)
    let falling = level(1 - share * part)
    let rising = level(1 - share * (1 - part))
    return switch sector % 6 {
    case 0: (value, rising, low)
    case 1: (falling, value, low)
    case 2: (low, value, rising)
    case 3: (low, falling, value)
    case 4: (rising, low, value)
    default: (value, low, falling)
    }
  }

  @inline(__always)
  private func level(_ share: Double) -> UInt8 {
    UInt8((Double(value) * share).rounded(.toNearestOrAwayFromZero))
  }
}
