import Diagnostics
import Foundation
import Images
import TestSupport
import Testing

/// Pictures that somebody damaged where it matters: decoded or refused, and never more.
struct ImageFuzzTests {
  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Places.fixtures.appending(path: "images-hard/\(name)")))
  }

  private static let limits: InputLimits = {
    var limits = InputLimits.standard
    limits.maximumPixels = 1_000_000
    return limits
  }()

  /// Decodes bytes, which a `RegistryError` may refuse.
  private static func decode(_ bytes: [UInt8]) throws -> Bool {
    do {
      let image = try bytes.withUnsafeBytes { try ImageDecoder.decode($0, limits: limits) }.image
      #expect(image.pixels.count == 3 * image.width * image.height)
      return true
    } catch {
      #expect((error as? RegistryError)?.code.category == .badInput, "\(error)")
      return false
    }
  }

  @Test(arguments: ["orientation-6.jpg", "orientation-big-endian-8.jpg"])
  func `an orientation that any EXIF data state is one of eight`(name: String) throws {
    let whole = try Self.bytes(name)
    var generator = SeededGenerator(seed: 41)
    var found: Set<Int> = []
    var decoded = 0
    for _ in 0..<3000 {
      var bytes = whole
      // The segment of EXIF data stands behind the first marker.
      generator.damage(&bytes, in: 2..<80)
      let orientation = bytes.withUnsafeBytes { Images.orientation(ofJPEG: $0) }
      #expect((1...8).contains(orientation))
      found.insert(orientation)
      if decoded < 200, try Self.decode(bytes) { decoded += 1 }
    }
    #expect(found.count > 1 && decoded == 200)
    for count in 0..<whole.count {
      #expect(
        (1...8).contains(whole[..<count].withUnsafeBytes { Images.orientation(ofJPEG: $0) }))
    }
  }

  /// Without these the decoder would look at hardly any chunk that was changed.
  @Test(arguments: ["rgb-8.png", "palette-transparent.png", "interlaced-rgb-8.png"])
  func `a PNG file of changed chunks whose checksums fit is decoded or refused`(
    name: String
  ) throws {
    let whole = try Self.bytes(name)
    #expect(try Self.decode(whole))
    var generator = SeededGenerator(seed: 42)
    var refused = 0
    for _ in 0..<600 {
      var bytes = whole
      generator.damage(&bytes, in: 8..<bytes.count)
      Self.correctChecksums(&bytes)
      if try !Self.decode(bytes) { refused += 1 }
    }
    #expect(refused > 0)
  }

  private static func correctChecksums(_ file: inout [UInt8]) {
    var start = 8
    while start + 12 <= file.count {
      let end = start + 8 + file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard end + 4 <= file.count else { return }
      // CRC-32 with the polynomial of ISO 3309, bit by bit.
      var value: UInt32 = 0xffff_ffff
      for byte in file[(start + 4)..<end] {
        value ^= UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
      }
      withUnsafeBytes(of: (~value).bigEndian) { file.replaceSubrange(end..<end + 4, with: $0) }
      start = end + 4
    }
  }
}
