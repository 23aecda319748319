import Foundation
import Images
import RegistryKit
import Tensors
import TestSupport
import Testing

/// A folder of drawn pictures that nothing is wrong with, and pictures in which something was planted:
/// what must be found, and nothing else.
struct PlantedDataset {
  /// How many pictures there are in all.
  static let imageCount = originalCount + copyCount + 2 * CheckResult.Defect.Kind.allCases.count
  /// How many pictures are as they were drawn.
  static let originalCount = 36
  private static let exactCount = 4
  private static let nearCount = 6
  private static let cropCount = 6
  private static let copyCount = exactCount + nearCount + cropCount
  /// How many of the copies are in another split than their original.
  static let leakCount = nearCount + cropCount

  /// Pairs of file names, the smaller first.
  private(set) var pairs: [CheckResult.Duplicate.Kind: Set<[String]>] = [:]
  /// File names.
  private(set) var defects: [CheckResult.Defect.Kind: Set<String>] = [:]

  /// The names of all files that were not copied as they were drawn.
  private(set) var names: Set<String> = []

  /// A picture that was drawn.
  private struct Original {
    let file: URL
    let image: Image

    var label: String { file.deletingLastPathComponent().lastPathComponent }
    var name: String { file.lastPathComponent }
  }

  private let folder: URL

  /// Writes the pictures below `train` and `test`.
  init(in folder: URL) throws {
    self.folder = folder
    for place in ["train/dog", "train/wolf", "test/dog", "test/wolf"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: place), withIntermediateDirectories: true)
    }
    let sound = try Self.soundPictures()
    try #require(sound.count >= Self.originalCount + 2 * CheckResult.Defect.Kind.allCases.count)
    // Files with the same bytes are one image: the same pixels need another format.
    let (jpegs, others) = (
      sound.filter { $0.file.pathExtension == "jpg" },
      sound.filter { $0.file.pathExtension != "jpg" }
    )
    let copied = jpegs.prefix(Self.exactCount)
    var rest = (jpegs.dropFirst(Self.exactCount) + others)[...]
    func take(_ count: Int) -> ArraySlice<Original> {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    let (near, cropped) = (take(Self.nearCount), take(Self.cropCount))
    let kept = copied + near + cropped + take(Self.originalCount - Self.copyCount)
    for original in kept {
      try FileManager.default.copyItem(at: original.file, to: place("train", original))
    }
    for original in copied {
      try plant(.exact, original, "train", "same.png", ImageEncoder.png(original.image))
    }
    for (number, original) in near.enumerated() {
      try plant(.near, original, "test", "near.jpg", Self.nearlySame(original.image, number % 3))
    }
    var generator = SeededGenerator(seed: 11)
    for original in cropped {
      let part = Self.part(of: original.image, &generator)
      try plant(.crop, original, "test", "crop.jpg", ImageEncoder.jpeg(part, quality: 85))
    }
    for kind in CheckResult.Defect.Kind.allCases {
      for original in take(2) {
        let name = "\(kind.rawValue)-\(original.name).png"
        try Data(ImageEncoder.png(Self.damaged(original.image, kind)))
          .write(to: place("train", original).deletingLastPathComponent().appending(path: name))
        defects[kind, default: []].insert(name)
        names.insert(name)
      }
    }
  }

  /// Drawn pictures that are neither dark nor bright, grey nor blurred, dogs and wolves in turn.
  private static func soundPictures() throws -> [Original] {
    let byLabel = try ["dog", "wolf"].map { label in
      try FileManager.default.contentsOfDirectory(
        at: Places.fixtures.appending(path: "photos/wolfdog/\(label)"),
        includingPropertiesForKeys: nil
      ).sorted { $0.path < $1.path }.map { file in
        let bytes = [UInt8](try Data(contentsOf: file))
        return Original(
          file: file, image: try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }.image)
      }.filter { original in
        let figures = ImageStatistics(of: original.image)
        return figures.highBrightness > 0.5 && figures.quartileBrightness < 0.7
          && figures.colorfulness > 0.2 && figures.sharpness > 0.03
      }
    }
    return zip(byLabel[0], byLabel[1]).flatMap { [$0, $1] }
      + byLabel.flatMap { $0.dropFirst(min(byLabel[0].count, byLabel[1].count)) }
  }

  private func place(_ split: String, _ original: Original) -> URL {
    folder.appending(path: "\(split)/\(original.label)/\(original.name)")
  }

  private mutating func plant(
    _ kind: CheckResult.Duplicate.Kind, _ original: Original, _ split: String, _ name: String,
    _ bytes: [UInt8]
  ) throws {
    let name = "\(original.name)-\(name)"
    try Data(bytes).write(
      to: place(split, original).deletingLastPathComponent().appending(path: name))
    pairs[kind, default: []].insert([original.name, name].sorted())
    names.insert(name)
  }

  /// The same picture compressed more, smaller, or brighter.
  private static func nearlySame(_ image: Image, _ way: Int) throws -> [UInt8] {
    switch way {
    case 0: try ImageEncoder.jpeg(image, quality: 40)
    case 1:
      try ImageEncoder.jpeg(
        image.resized(
          width: image.width * 7 / 10, height: image.height * 7 / 10, interpolation: .bicubic),
        quality: 80)
    default: try ImageEncoder.jpeg(mapped(image) { $0 * 23 / 20 }, quality: 90)
    }
  }

  /// Cuts 4 to 10 of 100 off each side.
  private static func part(of image: Image, _ generator: inout SeededGenerator) -> Image {
    func margin(_ length: Int) -> Int {
      Int(Double(length) * Double.random(in: 0.04...0.1, using: &generator))
    }
    let (left, top) = (margin(image.width), margin(image.height))
    let window = PixelWindow(
      left: left, top: top, width: image.width - left - margin(image.width),
      height: image.height - top - margin(image.height))
    return image.resized(
      width: window.width, height: window.height, interpolation: .bilinear, window: window)
  }

  private static func mapped(_ image: Image, _ change: (Int) -> Int) -> Image {
    Image(
      width: image.width, height: image.height,
      pixels: image.pixels.map { UInt8(min(max(change(Int($0)), 0), 255)) })
  }

  /// A picture with one thing wrong.
  private static func damaged(_ image: Image, _ kind: CheckResult.Defect.Kind) -> Image {
    switch kind {
    case .tiny: return image.resized(width: 48, height: 48, interpolation: .bicubic)
    case .blurred:
      return image.resized(width: 24, height: 24, interpolation: .bilinear)
        .resized(width: 240, height: 240, interpolation: .bicubic)
    case .dark: return mapped(image) { $0 * 28 / 100 }
    case .overexposed: return mapped(image) { $0 / 4 + 205 }
    case .grey:
      let greys = stride(from: 0, to: image.pixels.count, by: 3).flatMap { place in
        [UInt8](
          repeating: UInt8((0..<3).reduce(0) { $0 + Int(image.pixels[place + $1]) } / 3), count: 3)
      }
      return Image(width: image.width, height: image.height, pixels: greys)
    case .oddAspect: return image.resized(width: 240, height: 72, interpolation: .bilinear)
    }
  }
}
