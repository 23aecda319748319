private import CJPEG
private import CPNG
package import Diagnostics

/// The kinds of images that are read.
package enum ImageFormat: String, Sendable, Hashable, Codable {
  case png
  case jpeg
}

/// What an image file says of itself.
package struct ImageInformation: Sendable, Hashable, Codable {
  package var format: ImageFormat
  /// The width in pixels once the picture is upright.
  package var width: Int
  /// The height in pixels once the picture is upright.
  package var height: Int
  /// How many channels are stored, 1 to 4.
  package var channels: Int
  /// Bits of each channel.
  package var bitDepth: Int
  /// The EXIF orientation that the decoder undoes, 1 to 8.
  package var orientation: Int
  package var hasAlpha: Bool
  /// Whether there is an ICC profile, which is noted and not applied.
  package var hasColorProfile: Bool
}

/// A picture with what its file said.
package struct DecodedImage: Sendable {
  package let image: Image
  package let information: ImageInformation
  /// What the library complained of and got over.
  package let warnings: [String]
}

/// Decodes PNG and JPEG files.
///
/// The content decides the format, never the file's name.
package enum ImageDecoder {
  /// Reads the header only.
  ///
  /// - Throws: `unknown_image_format`, `corrupt_image`, `truncated_image` or `too_many_pixels`.
  package static func information(
    of bytes: UnsafeRawBufferPointer, limits: InputLimits = .standard
  ) throws(RegistryError) -> ImageInformation {
    let information: ImageInformation
    if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      information = try pngInformation(bytes)
    } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      information = try jpegInformation(bytes)
    } else {
      throw RegistryError(
        .unknownImageFormat,
        bytes.isEmpty ? "The file is empty." : "The file is neither a PNG nor a JPEG image.",
        remedy: "Convert it to PNG or JPEG, or leave it out.")
    }
    let (count, overflow) = information.width.multipliedReportingOverflow(by: information.height)
    guard !overflow, count <= limits.maximumPixels else {
      throw RegistryError(
        .tooManyPixels,
        "The image declares \(information.width) x \(information.height) pixels; at most "
          + "\(limits.maximumPixels) are read.",
        remedy: "Make it smaller, or leave it out.")
    }
    return information
  }

  /// Decodes a picture to upright RGB.
  ///
  /// Transparent parts are composited on white.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - minimumShortSide: the short side in pixels that the caller needs; a larger JPEG is
  ///     decoded at a half, a quarter or an eighth as long as that much is left.
  ///   - limits: bounds that are checked before memory is taken.
  /// - Returns: the picture, and what the file said of its original size.
  /// - Throws: what ``information(of:limits:)`` throws.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, minimumShortSide: Int? = nil,
    limits: InputLimits = .standard
  ) throws(RegistryError) -> DecodedImage {
    let information = try information(of: bytes, limits: limits)
    return switch information.format {
    case .png: try decodePNG(bytes, information)
    case .jpeg: try decodeJPEG(bytes, information, minimumShortSide: minimumShortSide)
    }
  }

  private static func pngInformation(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RegistryError) -> ImageInformation {
    var header = cpng_header()
    var text = [CChar](repeating: 0, count: Int(CPNG_TEXT_SIZE))
    let status = cpng_read_header(
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &header, &text)
    try check(isTruncated: status == CPNG_TRUNCATED, isDamaged: status != CPNG_OK, text)
    return ImageInformation(
      format: .png, width: Int(header.width), height: Int(header.height),
      channels: Int(header.channels), bitDepth: Int(header.bit_depth), orientation: 1,
      hasAlpha: header.has_alpha != 0, hasColorProfile: header.has_color_profile != 0)
  }

  private static func jpegInformation(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RegistryError) -> ImageInformation {
    var header = cjpeg_header()
    var text = [CChar](repeating: 0, count: Int(CJPEG_TEXT_SIZE))
    let status = cjpeg_read_header(
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &header, &text)
    try check(isTruncated: status == CJPEG_TRUNCATED, isDamaged: status != CJPEG_OK, text)
    let orientation = orientation(ofJPEG: bytes)
    let (width, height) = (Int(header.width), Int(header.height))
    return ImageInformation(
      format: .jpeg, width: orientation >= 5 ? height : width,
      height: orientation >= 5 ? width : height, channels: Int(header.channels), bitDepth: 8,
      orientation: orientation, hasAlpha: false, hasColorProfile: header.has_color_profile != 0)
  }

  private static func decodePNG(
    _ bytes: UnsafeRawBufferPointer, _ information: ImageInformation
  ) throws(RegistryError) -> DecodedImage {
    let channels = information.hasAlpha ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: information.width * information.height * channels)
    var text = [CChar](repeating: 0, count: Int(CPNG_TEXT_SIZE))
    let status = cpng_decode(
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &pixels, pixels.count,
      &text)
    try check(isTruncated: status == CPNG_TRUNCATED, isDamaged: status != CPNG_OK, text)
    if information.hasAlpha { pixels = compositedOnWhite(pixels) }
    return DecodedImage(
      image: Image(width: information.width, height: information.height, pixels: pixels),
      information: information, warnings: warnings(text))
  }

  private static func decodeJPEG(
    _ bytes: UnsafeRawBufferPointer, _ information: ImageInformation, minimumShortSide: Int?
  ) throws(RegistryError) -> DecodedImage {
    let swapsAxes = information.orientation >= 5
    let storedWidth = UInt32(swapsAxes ? information.height : information.width)
    let storedHeight = UInt32(swapsAxes ? information.width : information.height)
    var denominator: UInt32 = 1
    if let minimumShortSide {
      let shortSide = min(storedWidth, storedHeight)
      denominator =
        [8, 4, 2].first { Int(cjpeg_scaled(shortSide, $0)) >= minimumShortSide } ?? 1
    }
    let width = Int(cjpeg_scaled(storedWidth, denominator))
    let height = Int(cjpeg_scaled(storedHeight, denominator))
    var pixels = [UInt8](repeating: 0, count: 3 * width * height)
    var text = [CChar](repeating: 0, count: Int(CJPEG_TEXT_SIZE))
    let status = cjpeg_decode(
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, denominator, &pixels,
      pixels.count, &text)
    try check(isTruncated: status == CJPEG_TRUNCATED, isDamaged: status != CJPEG_OK, text)
    let image = Image(width: width, height: height, pixels: pixels)
    return DecodedImage(
      image: image.upright(orientation: information.orientation), information: information,
      warnings: warnings(text))
  }

  /// `[H, W, 4]` with straight alpha to `[H, W, 3]` over white, rounded to the nearest.
  private static func compositedOnWhite(_ pixels: [UInt8]) -> [UInt8] {
    let count = pixels.count / 4
    return [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, initialized in
      for pixel in 0..<count {
        let alpha = Int(pixels[4 * pixel + 3])
        for channel in 0..<3 {
          let value = Int(pixels[4 * pixel + channel])
          buffer[3 * pixel + channel] = UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
        }
      }
      initialized = 3 * count
    }
  }

  private static func check(
    isTruncated: Bool, isDamaged: Bool, _ text: [CChar]
  ) throws(RegistryError) {
    if isTruncated {
      throw RegistryError(
        .truncatedImage, "The image ends before its last row.",
        remedy: "Get the file again from its source, or leave it out.")
    }
    if isDamaged {
      throw RegistryError(
        .corruptImage, "The image is damaged: \(warnings(text).first ?? "no memory").",
        remedy: "Get the file again from its source, or leave it out.")
    }
  }

  private static func warnings(_ text: [CChar]) -> [String] {
    let message = String(
      decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return message.isEmpty ? [] : [message]
  }
}

extension RegistryError.Code {
  /// A file is neither a PNG nor a JPEG image.
  package static let unknownImageFormat = Self("unknown_image_format", .badInput)
  /// An image ends before its last row.
  package static let truncatedImage = Self("truncated_image", .badInput)
  /// An image breaks the rules of its format, or its compressed data makes no sense.
  package static let corruptImage = Self("corrupt_image", .badInput)
  /// An image declares more pixels than the limit.
  package static let tooManyPixels = Self("too_many_pixels", .badInput)
}
