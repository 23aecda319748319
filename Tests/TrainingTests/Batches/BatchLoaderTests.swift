import Diagnostics
import Foundation
import Images
import Synchronization
import Tensors
import TestSupport
import Testing
import Training

struct BatchLoaderTests {
  private let preprocessing = Preprocessing(
    shortSide: 20, cropHeight: 16, cropWidth: 16, interpolation: .bilinear,
    mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3])

  private let photos = (1...6).map { number in
    Places.fixtures.appending(
      path: String(
        format: "photos/wolfdog/wolf/wolf-%03d.%@", number, number % 2 == 1 ? "png" : "jpg"))
  }

  private func sources(
    _ files: [URL], opened: OpenCounter = OpenCounter()
  ) throws -> [FeatureExtractor.Source] {
    try files.map { file in
      let storage = try ByteStorage(mapping: file.path)
      let digest = storage.withUnsafeBytes { Digest(of: $0) }
      return FeatureExtractor.Source(digest: digest, place: .file(file.path)) {
        opened.add()
        return storage
      }
    }
  }

  private func load(
    _ loader: BatchLoader, _ indices: [Int], seed: UInt64 = 9, views: [UInt64]
  ) throws -> [Float] {
    var values = [Float](repeating: .nan, count: indices.count * loader.elementCount)
    try values.withUnsafeMutableBufferPointer {
      try loader.load(indices, seed: seed, views: views, into: $0)
    }
    return values
  }

  @Test func `without augmentation a batch is what evaluation sees`() throws {
    let loader = BatchLoader(
      sources: try sources(photos), preprocessing: preprocessing, augmentation: .none, threads: 2)
    let values = try load(loader, [5, 0, 3], views: [0, 1, 2])
    for (position, index) in [5, 0, 3].enumerated() {
      let image = try Data(contentsOf: photos[index]).withUnsafeBytes {
        try ImageDecoder.decode($0, minimumShortSide: 20).image
      }
      var expected = [Float](repeating: 0, count: preprocessing.elementCount)
      expected.withUnsafeMutableBufferPointer { image.writePreprocessed(preprocessing, into: $0) }
      #expect(Array(values[position * 768..<(position + 1) * 768]) == expected)
    }
  }

  @Test func `neither threads nor the batch nor the cache change a bit`() throws {
    let opened = OpenCounter()
    let cached = BatchLoader(
      sources: try sources(photos, opened: opened), preprocessing: preprocessing,
      augmentation: .strong, threads: 4)
    let indices = [0, 1, 2, 3, 4, 5]
    let views: [UInt64] = [100, 101, 102, 103, 104, 105]
    let first = try load(cached, indices, views: views)
    #expect(opened.count == 6)
    let second = try load(cached, indices, views: views)
    #expect(opened.count == 6)
    #expect(first == second)

    let uncached = BatchLoader(
      sources: try sources(photos, opened: opened), preprocessing: preprocessing,
      augmentation: .strong, threads: 1, cacheBytes: 0)
    let third = try load(uncached, indices, views: views)
    #expect(first == third)
    let alone = try load(uncached, [3], views: [103])
    #expect(Array(first[3 * 768..<4 * 768]) == alone)
    #expect(opened.count == 13)
    #expect(try load(cached, indices, views: views.map { $0 + 6 }) != first)
    #expect(try load(cached, indices, seed: 10, views: views) != first)
  }

  @Test func `a damaged image is named`() throws {
    let file = Places.fixtures.appending(path: "images-hard/truncated-half.png")
    let loader = BatchLoader(
      sources: try sources([photos[0], file]), preprocessing: preprocessing,
      augmentation: .light, threads: 2)
    let error = try #require(throws: RegistryError.self) {
      try load(loader, [0, 1], views: [0, 1])
    }
    #expect(error.code == .truncatedImage)
    #expect(error.place?.file == file.path)
  }
}

private final class OpenCounter: Sendable {
  private let opened = Mutex(0)

  var count: Int { opened.withLock { $0 } }

  func add() { opened.withLock { $0 += 1 } }
}
