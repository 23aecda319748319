import Foundation
import Images
import Tensors
import TestSupport
import Testing

struct ImageStatisticsTests {
  /// What numpy and OpenCV computed, of a drawn photo or of a small picture in the file itself.
  private struct Golden: Decodable {
    let file: String?
    let name: String?
    let width: Int?
    let height: Int?
    let rgb: String?
    let low: Float
    let quartile: Float
    let high: Float
    let colorfulness: Float
    let sharpness: Float

    func image() throws -> Image {
      if let file {
        let bytes = [UInt8](
          try Data(contentsOf: Places.fixtures.appending(path: "photos/\(file)")))
        return try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }.image
      }
      return GoldenPicture(
        width: try #require(width), height: try #require(height), rgb: try #require(rgb)
      ).image
    }
  }

  private static func photos(_ count: Int) throws -> [Image] {
    let folder = Places.fixtures.appending(path: "photos/wolfdog/wolf")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }.prefix(count).map { file in
        let bytes = [UInt8](try Data(contentsOf: file))
        return try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }.image
      }
  }

  @Test func `brightness, colour and sharpness are those of numpy and OpenCV`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/statistics.json")
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    #expect(goldens.count > 10)
    for golden in goldens {
      let name = Comment(rawValue: golden.file ?? golden.name ?? "")
      let statistics = ImageStatistics(of: try golden.image())
      #expect(statistics.lowBrightness == golden.low, name)
      #expect(statistics.quartileBrightness == golden.quartile, name)
      #expect(statistics.highBrightness == golden.high, name)
      #expect(statistics.colorfulness == golden.colorfulness, name)
      #expect(abs(statistics.sharpness - golden.sharpness) <= 1e-5 * golden.sharpness, name)
    }
  }

  @Test func `only the same pixels have the same digits`() throws {
    let image = try #require(try Self.photos(1).first)
    var pixels = image.pixels
    pixels[1000] ^= 1
    let other = Image(width: image.width, height: image.height, pixels: pixels)
    #expect(ImageStatistics(of: image).pixels == ImageStatistics(of: image).pixels)
    #expect(ImageStatistics(of: image).pixels != ImageStatistics(of: other).pixels)
  }

  @Test func `the first window hash is that of the whole picture`() throws {
    for image in try Self.photos(6) {
      let hash = GreyThumbnail(of: image).windowHashes()[0]
      #expect(PerceptualHash(bits: hash).distance(to: PerceptualHash(of: image)) <= 2)
    }
    #expect(GreyThumbnail.windows.count == 81)
    #expect(GreyThumbnail.windows[0] == .whole)
  }

  @Test func `a crop is found among the windows, and where it was cut`() throws {
    var generator = SeededGenerator(seed: 3)
    for image in try Self.photos(20) {
      let margins = (0..<4).map { _ in Double.random(in: 0...0.1, using: &generator) }
      let (width, height) = (Double(image.width), Double(image.height))
      let left = Int(margins[0] * width)
      let top = Int(margins[1] * height)
      let window = PixelWindow(
        left: left, top: top, width: Int((1 - margins[2]) * width) - left,
        height: Int((1 - margins[3]) * height) - top)
      let crop = image.resized(width: 130, height: 120, interpolation: .bicubic, window: window)
      let whole = GreyThumbnail(of: image)
      let part = GreyThumbnail(of: crop)
      let hash = part.windowHashes()[0]
      let distances = whole.windowHashes().map { ($0 ^ hash).nonzeroBitCount }
      let closest = try #require(distances.indices.min { distances[$0] < distances[$1] })
      #expect(distances[closest] <= 10)
      let best = whole.bestWindow(for: part, near: GreyThumbnail.windows[closest])
      #expect(best.correlation > 0.95)
      #expect(abs(best.window.left - margins[0]) < 0.06)
      #expect(abs(best.window.bottom - (1 - margins[3])) < 0.06)
    }
  }

  @Test func `pictures of different scenes do not correlate`() throws {
    let thumbnails = try Self.photos(12).map { GreyThumbnail(of: $0) }
    for first in thumbnails.indices {
      #expect(thumbnails[first].correlation(of: .whole, with: thumbnails[first]) > 0.9999)
      for second in 0..<first {
        #expect(thumbnails[first].correlation(of: .whole, with: thumbnails[second]) < 0.95)
      }
    }
  }

  @Test func `a plain picture correlates with nothing`() {
    let plain = GreyThumbnail(
      of: Image(width: 40, height: 30, pixels: [UInt8](repeating: 200, count: 3600)))
    #expect(plain.isPlain)
    #expect(plain.mean == 200)
    #expect(plain.correlation(of: .whole, with: plain) == 0)
  }

  @Test func `a picture is shrunk in its proportions, and never enlarged`() {
    let image = Image(width: 600, height: 300, pixels: [UInt8](repeating: 9, count: 540_000))
    let shrunk = image.shrunk(toShortSide: 100)
    #expect(shrunk.width == 200 && shrunk.height == 100)
    let fitted = image.fitted(intoSide: 60)
    #expect(fitted.width == 60 && fitted.height == 30)
    #expect(image.shrunk(toShortSide: 300) == image)
    let line = Image(width: 1, height: 900, pixels: [UInt8](repeating: 9, count: 2_700))
    let thin = line.fitted(intoSide: 90)
    #expect(thin.width == 1 && thin.height == 90)
  }
}
