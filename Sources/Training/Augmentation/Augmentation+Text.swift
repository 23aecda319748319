package import Diagnostics

extension Augmentation: CustomStringConvertible {
  /// Parses the value of `--augment`.
  ///
  /// - Parameter text: the name of a preset, or settings separated by commas, for example
  ///   `crop=0.35-1,ratio=0.75-1.33,flip=0.5,rotate=15,brightness=0.2,contrast=0.2,`
  ///   `saturation=0.2,hue=0.05,randaugment=2x9,erase=0.25`.
  /// - Throws: `malformed_augmentation`, which lists what is known.
  package init(parsing text: String) throws(RegistryError) {
    if let preset = Self.presets.first(where: { $0.name == text }) {
      self = preset.augmentation
      return
    }
    self.init()
    var ratio: ClosedRange<Double>?
    var known: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = words[0].trimmed
      guard words.count == 2, Self.rules.contains(where: { $0.name == name }) else {
        throw Self.unknown(name)
      }
      guard known.insert(name).inserted else {
        throw Self.malformed("The augmentation sets \(name) twice.")
      }
      guard set(name, words[1].trimmed, ratio: &ratio) else {
        let rule = Self.rules.first { $0.name == name }?.rule ?? ""
        throw Self.malformed("The augmentation's \(name) is \(words[1].trimmed); it is \(rule).")
      }
    }
    guard let ratio else { return }
    guard let scale = crop?.scale else {
      throw Self.malformed("The augmentation has a ratio without a crop.")
    }
    crop = RandomResizedCrop(scale: scale, ratio: ratio)
  }

  /// The name of the preset that this is, or ``settings``; ``init(parsing:)`` gives the same
  /// augmentation back.
  package var description: String {
    Self.presets.first { $0.augmentation == self }?.name ?? settings
  }

  /// All that differs from ``none`` in a fixed order, separated by commas, or `none`.
  package var settings: String {
    var parts: [String] = []
    func add(_ name: String, _ value: Double) {
      if value != 0 { parts.append("\(name)=\(number(value))") }
    }
    if let crop {
      parts.append("crop=\(range(crop.scale))")
      if crop.ratio != RandomResizedCrop.standardRatio {
        parts.append("ratio=\(range(crop.ratio))")
      }
    }
    add("flip", horizontalFlip)
    add("rotate", rotation)
    add("brightness", colorJitter.brightness)
    add("contrast", colorJitter.contrast)
    add("saturation", colorJitter.saturation)
    add("hue", colorJitter.hue)
    if let randAugment {
      parts.append("randaugment=\(randAugment.operations)x\(randAugment.magnitude)")
    }
    add("erase", randomErasing)
    return parts.isEmpty ? "none" : parts.joined(separator: ",")
  }

  /// The settings and what their values are.
  private static let rules: [(name: String, rule: String)] = [
    ("crop", "a range of shares of the area such as 0.35-1, from 0.01 to 1"),
    ("ratio", "a range of ratios of width to height such as 0.75-1.33, from 0.1 to 10"),
    ("flip", "a probability from 0 to 1"),
    ("rotate", "a number of degrees from 0 to 180"),
    ("brightness", "a number from 0 to 1"),
    ("contrast", "a number from 0 to 1"),
    ("saturation", "a number from 0 to 1"),
    ("hue", "a number from 0 to 0.5"),
    ("randaugment", "operations and magnitude such as 2x9, from 1x0 to 10x30"),
    ("erase", "a probability from 0 to 1"),
  ]

  /// - Returns: `false` when the value breaks the rule of its name.
  private mutating func set(
    _ name: String, _ value: String, ratio: inout ClosedRange<Double>?
  ) -> Bool {
    switch name {
    case "crop":
      guard let scale = parsedRange(value, within: 0.01...1) else { return false }
      crop = RandomResizedCrop(scale: scale)
    case "ratio":
      ratio = parsedRange(value, within: 0.1...10)
      return ratio != nil
    case "randaugment":
      let numbers = value.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let operations = numbers[0], let magnitude = numbers[1],
        (1...10).contains(operations), RandAugment.magnitudes.contains(magnitude)
      else { return false }
      randAugment = RandAugment(operations: operations, magnitude: magnitude)
    case "flip": return assign(value, within: 0...1, to: &horizontalFlip)
    case "rotate": return assign(value, within: 0...180, to: &rotation)
    case "brightness": return assign(value, within: 0...1, to: &colorJitter.brightness)
    case "contrast": return assign(value, within: 0...1, to: &colorJitter.contrast)
    case "saturation": return assign(value, within: 0...1, to: &colorJitter.saturation)
    case "hue": return assign(value, within: 0...0.5, to: &colorJitter.hue)
    case "erase": return assign(value, within: 0...1, to: &randomErasing)
    default: return false
    }
    return true
  }

  private static func unknown(_ name: String) -> RegistryError {
    let names = presets.map(\.name) + rules.map(\.name)
    let guess = names.nearest(to: name).map { "Did you mean \($0)? " } ?? ""
    return malformed(
      name.isEmpty
        ? "The augmentation has an empty setting." : "There is no augmentation \(name).", guess)
  }

  private static func malformed(_ message: String, _ guess: String = "") -> RegistryError {
    RegistryError(
      .malformedAugmentation, message,
      remedy: guess
        + "Give one of \(presets.map(\.name).joined(separator: ", ")), or settings such as "
        + "crop=0.35-1,flip=0.5 of \(rules.map(\.name).joined(separator: ", ")).")
  }
}

private func assign(
  _ text: String, within range: ClosedRange<Double>, to target: inout Double
) -> Bool {
  guard let value = Double(text), range.contains(value) else { return false }
  // Minus zero would be written as nothing and yet differ in its bits.
  target = value == 0 ? 0 : value
  return true
}

private func parsedRange(_ text: String, within bounds: ClosedRange<Double>) -> ClosedRange<Double>?
{
  let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
  guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high,
    bounds.contains(low), bounds.contains(high)
  else { return nil }
  return low...high
}

/// The shortest text that reads back as the same number, without a fraction of zero.
private func number(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

private func range(_ range: ClosedRange<Double>) -> String {
  "\(number(range.lowerBound))-\(number(range.upperBound))"
}

extension Substring {
  /// The text without spaces at its ends.
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
