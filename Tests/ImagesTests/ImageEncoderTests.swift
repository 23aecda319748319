import Diagnostics
import Images
import TestSupport
import Testing

struct ImageEncoderTests {
  private static func decode(_ bytes: [UInt8]) throws -> DecodedImage {
    try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }
  }

  /// A gradient with some noise.
  private static func picture(_ width: Int, _ height: Int) -> Image {
    var generator = SeededGenerator(seed: 3)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let noise = Int.random(in: 0...3, using: &generator)
        pixels += [x * 200 / width, y * 200 / height, 100].map { UInt8($0 + noise) }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  @Test(arguments: [(1, 1), (1, 300), (300, 1), (17, 13), (640, 480)])
  func `a PNG comes back exactly`(width: Int, height: Int) throws {
    let image = Self.picture(width, height)
    let decoded = try Self.decode(ImageEncoder.png(image))
    #expect(decoded.image == image)
    #expect(decoded.information.format == .png)
    #expect(decoded.warnings.isEmpty)
  }

  @Test(arguments: [(1, 1), (1, 300), (17, 13), (640, 480)])
  func `a JPEG comes back nearly`(width: Int, height: Int) throws {
    let image = Self.picture(width, height)
    let decoded = try Self.decode(ImageEncoder.jpeg(image, quality: 95))
    #expect(decoded.image.width == width && decoded.image.height == height)
    #expect(decoded.information.format == .jpeg)
    let differences = zip(decoded.image.pixels, image.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.reduce(0, +) <= 4 * differences.count)
  }

  @Test func `a lower quality makes a smaller file`() throws {
    let image = Self.picture(200, 150)
    let sizes = try [20, 60, 95].map { try ImageEncoder.jpeg(image, quality: $0).count }
    #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
  }

  @Test func `the same picture gives the same bytes`() throws {
    let image = Self.picture(200, 150)
    #expect(try ImageEncoder.png(image) == ImageEncoder.png(image))
    #expect(
      try ImageEncoder.jpeg(image, quality: 80) == ImageEncoder.jpeg(image, quality: 80))
  }

  @Test func `a picture that the format cannot hold is refused`() {
    let long = Image(width: 1, height: 70_000, pixels: [UInt8](repeating: 0, count: 210_000))
    let error = #expect(throws: RegistryError.self) { try ImageEncoder.jpeg(long, quality: 80) }
    #expect(error?.code == .imageNotEncodable)
    let empty = Image(width: 0, height: 0, pixels: [])
    #expect(throws: RegistryError.self) { try ImageEncoder.png(empty) }
  }
}
