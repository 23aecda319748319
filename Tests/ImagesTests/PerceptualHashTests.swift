import Foundation
import Images
import Tensors
import TestSupport
import Testing

struct PerceptualHashTests {
  /// In how many bits nearly equal pictures may differ.
  private static let limit = 3

  private static func drawn() throws -> [URL] {
    let folder = Places.fixtures.appending(path: "photos/wolfdog/wolf")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
  }

  private static func decode(_ bytes: [UInt8], minimumShortSide: Int? = nil) throws -> Image {
    try bytes.withUnsafeBytes {
      try ImageDecoder.decode($0, minimumShortSide: minimumShortSide)
    }.image
  }

  private static func distance(_ first: Image, _ second: Image) -> Int {
    PerceptualHash(of: first).distance(to: PerceptualHash(of: second))
  }

  @Test func `scaling, compressing and brightening change few bits`() throws {
    for file in try Self.drawn().prefix(12) {
      let image = try Self.decode(Array(Data(contentsOf: file)))
      let name = Comment(rawValue: file.lastPathComponent)
      let smaller = image.resized(width: 120, height: 120, interpolation: .bicubic)
      #expect(Self.distance(image, smaller) <= Self.limit, name)
      let compressed = try Self.decode(ImageEncoder.jpeg(image, quality: 60))
      #expect(Self.distance(image, compressed) <= Self.limit, name)
      let brighter = Image(
        width: image.width, height: image.height,
        pixels: image.pixels.map { UInt8(min(Int($0) + 6, 255)) })
      #expect(Self.distance(image, brighter) <= Self.limit, name)
    }
  }

  @Test func `a scaled decode gives nearly the same hash`() throws {
    for file in try Self.drawn() where file.pathExtension == "jpg" {
      let bytes = Array(try Data(contentsOf: file))
      let whole = try Self.decode(bytes)
      let scaled = try Self.decode(bytes, minimumShortSide: 64)
      #expect(scaled.width < whole.width)
      #expect(Self.distance(whole, scaled) <= Self.limit, "\(file.lastPathComponent)")
    }
  }

  @Test func `different pictures have different hashes`() throws {
    let hashes = try Self.drawn().map {
      try Self.decode(Array(Data(contentsOf: $0))).perceptualHash()
    }
    for first in hashes.indices {
      for second in hashes[..<first] { #expect((hashes[first] ^ second).nonzeroBitCount > 3) }
    }
  }

  @Test func `a plain picture does not hash to noise`() throws {
    for level in [UInt8(0), 3, 90, 255] {
      let plain = Image(width: 70, height: 50, pixels: [UInt8](repeating: level, count: 10_500))
      #expect(plain.perceptualHash() == (level >= 128 ? 1 : 0))
      var generator = SeededGenerator(seed: 5)
      let grainy = Image(
        width: 70, height: 50,
        pixels: plain.pixels.map { min($0, 253) + UInt8.random(in: 0...2, using: &generator) })
      #expect(grainy.perceptualHash() == plain.perceptualHash())
    }
  }
}
