import Diagnostics
import Images
import Tensors
import TestSupport
import Testing

@testable import RegistryKit

struct DuplicateSearchTests {
  private static func statistics(_ thumbnail: GreyThumbnail, _ pixels: Int) -> ImageStatistics {
    ImageStatistics(
      lowBrightness: 0, quartileBrightness: 0.5, highBrightness: 1, colorfulness: 1, sharpness: 1,
      pixels: UInt64(pixels), thumbnail: thumbnail)
  }

  private static func pairs(_ statistics: [ImageStatistics]) throws -> [DuplicateSearch.Pair] {
    try DuplicateSearch(minimumCorrelation: 0.95).pairs(
      statistics, threads: 2, progress: SilentProgress(), cancellation: Cancellation())
  }

  /// A smooth random picture.
  private static func picture(_ generator: inout SeededGenerator) -> GreyThumbnail {
    let coarse = (0..<192).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let image = Image(width: 8, height: 8, pixels: coarse)
    return GreyThumbnail(of: image.resized(width: 64, height: 64, interpolation: .bicubic))
  }

  @Test func `blank pages are alike, each by way of the first`() throws {
    let blank = GreyThumbnail(values: [UInt8](repeating: 250, count: GreyThumbnail.count))
    let pairs = try Self.pairs((0..<2_000).map { Self.statistics(blank, $0) })
    #expect(pairs.count == 1_999)
    #expect(pairs.allSatisfy { $0.kind == .near && $0.first == 0 })
  }

  @Test func `blank pages of different brightness are different`() throws {
    let pages = [130, 200, 250].map {
      GreyThumbnail(values: [UInt8](repeating: $0, count: GreyThumbnail.count))
    }
    let pairs = try Self.pairs(pages.enumerated().map { Self.statistics($1, $0) })
    #expect(pairs.isEmpty)
  }

  @Test func `pictures that have nothing to do with each other are no pairs`() throws {
    var generator = SeededGenerator(seed: 9)
    let pictures = (0..<400).map { Self.statistics(Self.picture(&generator), $0) }
    #expect(try Self.pairs(pictures).isEmpty)
  }

  @Test func `the same pixels are one pair for each further file, whatever else is alike`() throws {
    var generator = SeededGenerator(seed: 2)
    let picture = Self.picture(&generator)
    let other = Self.picture(&generator)
    let pairs = try Self.pairs(
      [(picture, 7), (other, 1), (picture, 7), (picture, 7), (picture, 8)].map {
        Self.statistics($0.0, $0.1)
      })
    #expect(pairs.map { [$0.first, $0.second] } == [[0, 2], [0, 3], [0, 4]])
    #expect(pairs.map(\.kind) == [.exact, .exact, .near])
  }

  @Test func `the answer does not depend on the number of threads`() throws {
    var generator = SeededGenerator(seed: 5)
    var pictures = (0..<60).map { _ in Self.picture(&generator) }
    pictures += pictures.map { GreyThumbnail(values: $0.values.map { $0 / 2 + 40 }) }
    let statistics = pictures.enumerated().map { Self.statistics($1, $0) }
    let search = DuplicateSearch(minimumCorrelation: 0.95)
    let answers = try [1, 4].map { threads in
      try search.pairs(
        statistics, threads: threads, progress: SilentProgress(), cancellation: Cancellation()
      ).map { [Double($0.first), Double($0.second), $0.correlation] }
    }
    #expect(answers[0].count == 60)
    #expect(answers[0] == answers[1])
  }
}
