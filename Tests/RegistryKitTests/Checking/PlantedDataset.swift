import Foundation
import Images
import RegistryKit
import Tensors
import TestSupport

/// A folder of drawn pictures, some of which were tampered with, and what must be found of them.
struct PlantedDataset {
  /// The folder, with `train` and `test` inside.
  let folder: URL
  /// Pairs of file names, the smaller first.
  private(set) var pairs: [CheckResult.Duplicate.Kind: Set<[String]>] = [:]
  /// File names.
  private(set) var defects: [CheckResult.Defect.Kind: Set<String>] = [:]

  private var originals: [URL] = []

  /// Writes 66 pictures: 36 as they were drawn, and the planted ones.
  init(in folder: URL) throws {
    self.folder = folder
    for label in ["dog", "wolf"] {
      for split in ["train", "test"] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: "\(split)/\(label)"), withIntermediateDirectories: true)
      }
      let place = Places.fixtures.appending(path: "photos/wolfdog/\(label)")
      originals += try FileManager.default.contentsOfDirectory(
        at: place, includingPropertiesForKeys: nil
      ).sorted { $0.path < $1.path }.prefix(30)
    }
    var generator = SeededGenerator(seed: 11)
    // Originals that stay, and copies of some of them.
    for index in 0..<36 {
      let file = original(index)
      try FileManager.default.copyItem(at: file, to: place("train", file, file.lastPathComponent))
    }
    for index in 0..<6 {
      let image = try decoded(index)
      try plant(.exact, index, ImageEncoder.png(image), "train", "same-\(index).png")
      let smaller = try decoded(index + 6)
        .resized(width: 170, height: 170, interpolation: .bilinear)
      try plant(
        .near, index + 6, ImageEncoder.jpeg(smaller, quality: 60), "test", "near-\(index).jpg")
      let cut = try cropped(decoded(index + 12), &generator)
      try plant(.crop, index + 12, ImageEncoder.jpeg(cut, quality: 85), "test", "crop-\(index).jpg")
    }
    try plantDefects()
  }

  private func original(_ index: Int) -> URL {
    // Dogs and wolves in turn.
    originals[index % 2 * 30 + index / 2]
  }

  private func decoded(_ index: Int) throws -> Image {
    let bytes = [UInt8](try Data(contentsOf: original(index)))
    return try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }.image
  }

  private func place(_ split: String, _ original: URL, _ name: String) -> URL {
    let label = original.deletingLastPathComponent().lastPathComponent
    return folder.appending(path: "\(split)/\(label)/\(name)")
  }

  private mutating func plant(
    _ kind: CheckResult.Duplicate.Kind, _ index: Int, _ bytes: [UInt8], _ split: String,
    _ name: String
  ) throws {
    let file = original(index)
    try Data(bytes).write(to: place(split, file, name))
    pairs[kind, default: []].insert([file.lastPathComponent, name].sorted())
  }

  /// Cuts 4 to 10 of 100 off each side.
  private func cropped(_ image: Image, _ generator: inout SeededGenerator) throws -> Image {
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

  private mutating func plantDefects() throws {
    for (offset, kind) in CheckResult.Defect.Kind.allCases.enumerated() {
      for repetition in 0..<2 {
        let index = 36 + 2 * offset + repetition
        let name = "\(kind.rawValue)-\(repetition).png"
        let image = try damaged(decoded(index), kind)
        try Data(ImageEncoder.png(image)).write(to: place("train", original(index), name))
        defects[kind, default: []].insert(name)
      }
    }
  }

  private func damaged(_ image: Image, _ kind: CheckResult.Defect.Kind) -> Image {
    func mapped(_ change: (Int) -> Int) -> Image {
      Image(
        width: image.width, height: image.height,
        pixels: image.pixels.map { UInt8(min(max(change(Int($0)), 0), 255)) })
    }
    switch kind {
    case .tiny: return image.resized(width: 48, height: 48, interpolation: .bicubic)
    case .blurred:
      return image.resized(width: 24, height: 24, interpolation: .bilinear)
        .resized(width: 240, height: 240, interpolation: .bicubic)
    case .dark: return mapped { $0 / 5 }
    case .overexposed: return mapped { $0 / 4 + 205 }
    case .grey:
      let greys = stride(from: 0, to: image.pixels.count, by: 3).flatMap { place in
        [UInt8](
          repeating: UInt8((0..<3).reduce(0) { $0 + Int(image.pixels[place + $1]) } / 3), count: 3)
      }
      return Image(width: image.width, height: image.height, pixels: greys)
    case .oddAspect:
      let height = image.width / 4
      return image.resized(
        width: image.width, height: height, interpolation: .bilinear,
        window: PixelWindow(
          left: 0, top: (image.height - height) / 2, width: image.width, height: height))
    }
  }
}
