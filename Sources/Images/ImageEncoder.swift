private import CJPEG
private import CPNG
package import Diagnostics

/// Encodes pictures as PNG and JPEG files.
///
/// The same picture gives the same bytes with the same version of the libraries: nothing of the
/// time or the machine is written.
package enum ImageEncoder {
  /// A PNG file of 8-bit red, green and blue.
  ///
  /// - Throws: `image_not_encodable` when there is no memory or a side is too long.
  package static func png(_ image: Image) throws(RegistryError) -> [UInt8] {
    try checkSides(image, longest: 0x7fff_ffff, format: "PNG")
    var output = cpng_output()
    var text = [CChar](repeating: 0, count: Int(CPNG_TEXT_SIZE))
    let status = cpng_encode(
      image.pixels, UInt32(image.width), UInt32(image.height), &output, &text)
    defer { cpng_free(&output) }
    guard status == CPNG_OK else { throw failure("PNG", text) }
    return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
  }

  /// A baseline JPEG file with colour at half the resolution.
  ///
  /// - Parameters:
  ///   - image: what to encode.
  ///   - quality: 1 to 100, on libjpeg's scale.
  /// - Returns: the file.
  /// - Throws: `image_not_encodable` when there is no memory or a side is too long.
  /// - Precondition: `quality` is 1 to 100.
  package static func jpeg(_ image: Image, quality: Int) throws(RegistryError) -> [UInt8] {
    precondition((1...100).contains(quality), "libjpeg's scale is 1 to 100")
    try checkSides(image, longest: 65_500, format: "JPEG")
    var output = cjpeg_output()
    var text = [CChar](repeating: 0, count: Int(CJPEG_TEXT_SIZE))
    let status = cjpeg_encode(
      image.pixels, UInt32(image.width), UInt32(image.height), Int32(quality), &output, &text)
    defer { cjpeg_free(&output) }
    guard status == CJPEG_OK else { throw failure("JPEG", text) }
    return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
  }

  private static func checkSides(
    _ image: Image, longest: Int, format: String
  ) throws(RegistryError) {
    guard (1...longest).contains(image.width), (1...longest).contains(image.height) else {
      throw RegistryError(
        .imageNotEncodable,
        "A \(format) image cannot have \(image.width) x \(image.height) pixels; a side is 1 to "
          + "\(longest).",
        remedy: "Resize it first.")
    }
  }

  private static func failure(_ format: String, _ text: [CChar]) -> RegistryError {
    let reason = String(
      decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return RegistryError(
      .imageNotEncodable, "The picture cannot be written as \(format): \(reason).")
  }
}

extension RegistryError.Code {
  /// A picture cannot be written in the format that was asked for.
  package static let imageNotEncodable = Self("image_not_encodable", .badInput)
}
