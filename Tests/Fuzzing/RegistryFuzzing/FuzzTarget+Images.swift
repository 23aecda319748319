internal import Diagnostics
internal import Images

@testable internal import ModelFiles

extension FuzzTarget {
  /// Small bounds: memory for a large picture is another matter than its parsing.
  private static let limits: InputLimits = {
    var limits = InputLimits()
    limits.maximumPixels = 1 << 18
    return limits
  }()

  static func decodeImage(_ bytes: UnsafeRawBufferPointer) throws {
    let whole = try ImageDecoder.decode(bytes, limits: limits)
    precondition(
      whole.image.width == whole.information.width
        && whole.image.height == whole.information.height, "the header tells the size")
    let scaled = try ImageDecoder.decode(bytes, minimumShortSide: 8, limits: limits)
    _ = ImageStatistics(of: scaled.image)
    _ = scaled.image.perceptualHash()
  }

  /// Decodes a PNG file whose chunks have the checksums that they should have: with others hardly an
  /// input would come further than to them.
  static func decodePNG(_ bytes: UnsafeRawBufferPointer) throws {
    var file = [UInt8](bytes)
    var start = 8
    while start + 12 <= file.count {
      let length = file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= file.count else { break }
      let checksum = file[(start + 4)..<end].withUnsafeBytes { Checksum.crc32($0) }
      withUnsafeBytes(of: checksum.bigEndian) { file.replaceSubrange(end..<end + 4, with: $0) }
      start = end + 4
    }
    try file.withUnsafeBytes(decodeImage)
  }

  static func readOrientation(_ bytes: UnsafeRawBufferPointer) {
    precondition((1...8).contains(orientation(ofJPEG: bytes)), "an orientation of EXIF")
  }
}
