import Diagnostics
import Foundation
import Images
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing
import Training

struct FeatureExtractorTests {
  private let preprocessing = Preprocessing(
    shortSide: 40, cropHeight: 32, cropWidth: 32, interpolation: .bilinear,
    mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3])

  /// The mean of each channel.
  private let layers = [
    Layer("pool", .globalAveragePool, inputs: [Network.inputName]),
    Layer("flatten", .flatten, inputs: ["pool"]),
  ]

  private let photos = (1...12).map { number in
    Places.fixtures.appending(
      path: String(
        format: "photos/wolfdog/wolf/wolf-%03d.%@", number, number % 2 == 1 ? "png" : "jpg"))
  }

  private func source(_ file: URL, opened: Counter? = nil) throws -> FeatureExtractor.Source {
    let storage = try ByteStorage(mapping: file.path)
    let digest = storage.withUnsafeBytes { Digest(of: $0) }
    return FeatureExtractor.Source(digest: digest, place: .file(file.path)) {
      opened?.add(file.lastPathComponent)
      return storage
    }
  }

  private func extractor() throws -> FeatureExtractor {
    try FeatureExtractor(layers: layers, tensors: StateDict(), preprocessing: preprocessing)
  }

  @Test func `features are what the layers make of the preprocessed picture, in order`() throws {
    let extractor = try extractor()
    #expect(extractor.featureCount == 3)
    let features = try extractor.features(of: photos.map { try source($0) }, store: nil)
    #expect(features.misses == 12 && features.hits == 0)
    for (row, photo) in photos.enumerated() {
      let decoded = try Data(contentsOf: photo).withUnsafeBytes {
        try ImageDecoder.decode($0, minimumShortSide: preprocessing.shortSide)
      }
      var pixels = [Float](repeating: 0, count: preprocessing.elementCount)
      pixels.withUnsafeMutableBufferPointer {
        decoded.image.writePreprocessed(preprocessing, into: $0)
      }
      for channel in 0..<3 {
        let part = pixels[channel * 1024..<(channel + 1) * 1024]
        let mean = part.reduce(0.0) { $0 + Double($1) } / 1024
        #expect(abs(Double(features.values[row * 3 + channel]) - mean) < 1e-5)
      }
    }
  }

  @Test func `each picture is opened once, whatever asks for it`() throws {
    let (store, opened) = (MemoryStore(), Counter())
    let extractor = try extractor()
    let sources = try photos.prefix(5).map { try source($0, opened: opened) }
    let first = try extractor.features(of: sources + sources, store: store)
    #expect(first.misses == 5 && first.hits == 5)
    #expect(opened.counts.values.sorted() == [1, 1, 1, 1, 1])
    #expect(first.values.prefix(15) == first.values.suffix(15))
    let more = try photos.map { try source($0, opened: opened) }
    let second = try extractor.features(of: more, store: store)
    #expect(second.misses == 7 && second.hits == 5)
    #expect(Array(second.values.prefix(15)) == Array(first.values.prefix(15)))
    #expect(opened.counts.count == 12 && opened.counts.values.allSatisfy { $0 == 1 })
  }

  @Test func `an extraction that is stopped keeps what it computed`() throws {
    let store = MemoryStore()
    let extractor = try extractor()
    let sources = try photos.map { try source($0) }
    let error = try #require(throws: RegistryError.self) {
      try extractor.features(of: sources, store: store, isCancelled: { store.count > 0 })
    }
    #expect(error.code == .interrupted)
    #expect(store.count == FeatureExtractor.batchSize)
    let rest = try extractor.features(of: sources, store: store)
    #expect(rest.misses == 12 - FeatureExtractor.batchSize)
  }

  @Test func `a damaged picture is named`() throws {
    let file = Places.fixtures.appending(path: "images-hard/truncated-half.png")
    let sources = try [source(photos[0]), source(file)]
    let error = try #require(throws: RegistryError.self) {
      try extractor().features(of: sources, store: nil)
    }
    #expect(error.code == .truncatedImage)
    #expect(error.place?.file == file.path)
  }
}

/// Activations in a dictionary.
private final class MemoryStore: ActivationStore {
  private let rows = Mutex<[Digest: [Float]]>([:])

  var count: Int { rows.withLock { $0.count } }

  func read(_ image: Digest, into values: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard let row = rows.withLock({ $0[image] }) else { return false }
    _ = values.update(fromContentsOf: row)
    return true
  }

  func store(_ images: [Digest], _ values: UnsafeBufferPointer<Float>) {
    let width = values.count / images.count
    for (row, image) in images.enumerated() {
      rows.withLock { $0[image] = Array(values[row * width..<(row + 1) * width]) }
    }
  }
}

private final class Counter: Sendable {
  private let state = Mutex<[String: Int]>([:])

  var counts: [String: Int] { state.withLock { $0 } }

  func add(_ name: String) { state.withLock { $0[name, default: 0] += 1 } }
}
