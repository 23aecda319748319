import Catalog
import Diagnostics
import Engine
import Images
import Synchronization
import Tensors
import Training

extension Registry {
  /// Statistics of images, and how many of them had to be measured.
  struct MeasuredImages: Sendable {
    /// In the order of the items.
    var statistics: [ImageStatistics]
    var cache: CacheUse
  }

  /// The statistics of images: read from the cache, or measured and kept there.
  ///
  /// - Throws: `interrupted`, after which what was measured is kept; what decoding throws.
  func statistics(
    of items: [DatasetItem], threads: Int?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> MeasuredImages {
    let cache = try ActivationCache(
      root: "\(cacheFolder)/activations", key: Digest(of: Array("image statistics 1".utf8)),
      valueCount: ImageStatistics.valueCount)
    let known = items.map { ImageStatistics(of: $0.digest, in: cache) }
    let missing = known.indices.filter { known[$0] == nil }
    let measured = Mutex(known)
    let completed = Atomic<Int>(0)
    let sources = sources(of: items)
    // Whatever becomes of the rest, what was measured spares the next check that work. A folder
    // that cannot be written to costs only time.
    defer { try? cache.flush() }
    try ParallelLoop.run(count: missing.count, threads: threads ?? ComputeThread.availableCores) {
      try cancellation.check()
      let index = missing[$0]
      let image = try sources[index].decoded(
        minimumShortSide: ImageStatistics.side, limits: limits)
      let statistics = ImageStatistics(of: image)
      try? statistics.values.withUnsafeBufferPointer {
        try cache.store([items[index].digest], $0)
      }
      measured.withLock { $0[index] = statistics }
      let count = completed.wrappingAdd(1, ordering: .relaxed).newValue
      progress.progress(
        ProgressUpdate("Measuring", completed: count, total: missing.count, unit: "images"))
    }
    return MeasuredImages(
      statistics: measured.withLock { $0 }.compactMap(\.self),
      cache: CacheUse(hits: items.count - missing.count, misses: missing.count))
  }
}

extension ImageStatistics {
  private static let figureCount = 5
  /// How many float32 values a cache keeps for an image: five figures, and the bytes of the pixels'
  /// digest and of the thumbnail, four to a value.
  fileprivate static let valueCount = figureCount + (8 + GreyThumbnail.count) / 4

  /// What a cache keeps, as docs/storage-format.md describes it.
  fileprivate var values: [Float] {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: pixels >> (8 * $0)) } + thumbnail.values
    let packed = stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
    return [lowBrightness, quartileBrightness, highBrightness, colorfulness, sharpness] + packed
  }

  /// What a cache has of an image; `nil` when that is nothing.
  fileprivate init?(of image: Digest, in cache: ActivationCache) {
    var values = [Float](repeating: 0, count: Self.valueCount)
    guard values.withUnsafeMutableBufferPointer({ cache.read(image, into: $0) }) else { return nil }
    let bytes = values[Self.figureCount...].flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    self.init(
      lowBrightness: values[0], quartileBrightness: values[1], highBrightness: values[2],
      colorfulness: values[3], sharpness: values[4],
      pixels: (0..<8).reduce(0) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) },
      thumbnail: GreyThumbnail(values: Array(bytes[8...])))
  }
}
