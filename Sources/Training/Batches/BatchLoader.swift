package import Diagnostics
private import Images
package import Tensors

/// Decodes, augments and preprocesses the images of a batch in parallel.
///
/// Images are decoded at one scale, whatever the view, and kept in memory up to a bound, which never
/// changes a bit of what is loaded.
package final class BatchLoader: Sendable {
  /// How many bytes of decoded images are kept unless a caller says otherwise: 512 MiB.
  package static let standardCacheBytes = 512 << 20

  private let sources: [FeatureExtractor.Source]
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation
  private let threads: Int
  private let limits: InputLimits
  private let cache: DecodedImageCache

  /// - Parameters:
  ///   - sources: the images that batches are made of.
  ///   - preprocessing: the size of the input and the mean and deviation of its channels.
  ///   - augmentation: what is done to each view; ``Augmentation/none`` for evaluation.
  ///   - threads: how many images are decoded at the same time.
  ///   - limits: bounds on the images.
  ///   - cacheBytes: how many bytes of decoded images may be kept.
  package init(
    sources: [FeatureExtractor.Source], preprocessing: Preprocessing, augmentation: Augmentation,
    threads: Int, limits: InputLimits = .standard, cacheBytes: Int = standardCacheBytes
  ) {
    self.sources = sources
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.threads = threads
    self.limits = limits
    cache = DecodedImageCache(byteLimit: cacheBytes)
  }

  /// How many numbers one image has in a batch.
  package var elementCount: Int { preprocessing.elementCount }

  /// Writes views of images, `[indices.count, 3, cropHeight, cropWidth]`.
  ///
  /// - Parameters:
  ///   - indices: which of the sources, in the order of the batch.
  ///   - seed: the seed of the run.
  ///   - views: the number of each position's random stream: the same seed and view give the same
  ///     bits, whatever else is in the batch.
  ///   - target: room for as many images.
  /// - Throws: what opening and decoding throw, with the image's place; of several images the first.
  /// - Precondition: there are as many views as indices.
  package func load(
    _ indices: [Int], seed: UInt64, views: [UInt64],
    into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    precondition(views.count == indices.count, "a view for each image")
    let elementCount = preprocessing.elementCount
    precondition(target.count >= indices.count * elementCount, "room for the batch")
    // Each turn writes a part of its own, and all have ended when the loop returns.
    nonisolated(unsafe) let target = target
    try ParallelLoop.run(count: indices.count, threads: threads) { position in
      let source = sources[indices[position]]
      let image = try cache.image(source.digest) {
        try source.decoded(
          minimumShortSide: augmentation.minimumShortSide(preprocessing), limits: limits)
      }
      var generator = RandomGenerator(seed: seed, stream: views[position])
      augmentation.write(
        image, preprocessing: preprocessing, using: &generator,
        into: UnsafeMutableBufferPointer(
          rebasing: target[position * elementCount..<(position + 1) * elementCount]))
    }
  }
}
