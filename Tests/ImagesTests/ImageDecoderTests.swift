import Diagnostics
import Foundation
import Images
import TestSupport
import Testing

/// What Pillow made of the files in `fixtures/images-hard`, by `fixtures/make-images-hard.py`.
private struct Golden: Decodable {
  struct Picture: Decodable {
    let width: Int
    let height: Int
    let rgb: String
  }

  let good: [String: Picture]
  let bad: [String: String]

  /// Empty when the file cannot be read, which a test of its own reports.
  static let pillow: Golden = {
    let file = Places.repository.appending(path: "Tests/ImagesTests/Golden/pillow.json")
    return (try? JSONDecoder().decode(Golden.self, from: Data(contentsOf: file)))
      ?? Golden(good: [:], bad: [:])
  }()
}

struct ImageDecoderTests {
  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Places.fixtures.appending(path: "images-hard/\(name)")))
  }

  private static func decode(_ bytes: [UInt8], minimumShortSide: Int? = nil) throws -> DecodedImage
  {
    try bytes.withUnsafeBytes {
      try ImageDecoder.decode($0, minimumShortSide: minimumShortSide)
    }
  }

  @Test(arguments: Golden.pillow.good.keys.sorted())
  func `a picture has the pixels that Pillow finds`(name: String) throws {
    let expected = try #require(Golden.pillow.good[name])
    let decoded = try Self.decode(Self.bytes(name))
    #expect(decoded.image.width == expected.width)
    #expect(decoded.image.height == expected.height)
    #expect(decoded.information.width == expected.width)
    let digits = Array(expected.rgb.utf8)
    let pixels = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
    try #require(pixels.count == decoded.image.pixels.count)
    let differences = zip(pixels, decoded.image.pixels).map { abs(Int($0) - Int($1)) }
    let mean = Double(differences.reduce(0, +)) / Double(differences.count)
    // PNG is exact but for the rounding of alpha. Builds of libjpeg may differ by a rounding.
    #expect(mean <= (name.hasSuffix(".png") ? 0.1 : 0.5), "mean difference \(mean)")
    #expect(differences.max()! <= (name.hasSuffix(".png") ? 1 : 4))
  }

  @Test(arguments: Golden.pillow.bad.sorted { $0.key < $1.key })
  func `a broken file is refused with its reason`(name: String, code: String) throws {
    let bytes = try Self.bytes(name)
    // An import decodes at an eighth, and has to find the same damage there.
    for minimumShortSide in [nil, 1] {
      let error = #expect(throws: RegistryError.self) {
        try Self.decode(bytes, minimumShortSide: minimumShortSide)
      }
      #expect(error?.code.name == code, "\(error.map(String.init(describing:)) ?? "")")
      #expect(error?.remedy != nil)
    }
  }

  @Test func `the golden pictures are here`() {
    #expect(Golden.pillow.good.count == 53)
    #expect(Golden.pillow.bad.count == 19)
  }

  @Test(arguments: ["orientation", "orientation-big-endian"])
  func `orientations are reported and undone`(name: String) throws {
    for orientation in 1...8 {
      let information = try Self.decode(Self.bytes("\(name)-\(orientation).jpg")).information
      #expect(information.orientation == orientation)
      #expect(information.width == (orientation >= 5 ? 13 : 17))
    }
  }

  @Test func `a file that lacks only its end marker is read with a warning`() throws {
    #expect(try !Self.decode(Self.bytes("no-end-marker.jpg")).warnings.isEmpty)
  }

  @Test func `a large JPEG is decoded smaller, but never below what is needed`() throws {
    let bytes = try Self.bytes("baseline.jpg")
    let half = try Self.decode(bytes, minimumShortSide: 7)
    #expect(half.image.width == 9)
    #expect(half.image.height == 7)
    #expect(half.information.width == 17)
    #expect(try Self.decode(bytes, minimumShortSide: 8).image.height == 13)
  }

  @Test func `damaged files are decoded or refused and never crash`() throws {
    var generator = SeededGenerator(seed: 11)
    for name in Golden.pillow.good.keys.sorted() {
      let whole = try Self.bytes(name)
      for _ in 0..<40 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
          bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
        if Bool.random(using: &generator) {
          bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        }
        do {
          let image = try bytes.withUnsafeBytes {
            try ImageDecoder.decode($0, limits: Self.smallPictures)
          }.image
          #expect(image.pixels.count == 3 * image.width * image.height)
        } catch {
          #expect(error is RegistryError)
        }
      }
    }
  }

  private static let smallPictures: InputLimits = {
    var limits = InputLimits.standard
    limits.maximumPixels = 1_000_000
    return limits
  }()
}
