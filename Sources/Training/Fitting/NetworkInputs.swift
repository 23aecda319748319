import Diagnostics
import Engine
import Networks
import Tensors

/// What the trainable layers of a network read for images: the output of the frozen layers before
/// them, or the preprocessed images themselves.
///
/// Without augmentation, and with a bounded number of augmented views of each image, the frozen
/// layers run once per view: their output is kept in an ``ActivationStore``. Otherwise they run on
/// each augmented image just before the trainable layers do.
///
/// Not `Sendable`: one fit owns it.
final class NetworkInputs {
  /// The shape of one input, without the batch.
  let shape: Shape
  /// How many images there are.
  var count: Int { sources.count }
  /// How many inputs the store had.
  private(set) var hits = 0
  /// How many images went through the frozen layers, or were decoded where there are none.
  private(set) var misses = 0

  private let sources: [FeatureExtractor.Source]
  private let loader: BatchLoader
  private let augmentation: Augmentation
  private let viewCount: Int?
  private let seed: UInt64
  private let store: (any ActivationStore)?
  private let prefix: FrozenLayers?
  private let imageElementCount: Int
  private var images: FloatBuffer?
  private var outputs: FloatBuffer?

  /// - Parameters:
  ///   - sources: The images.
  ///   - prefix: The frozen layers; `nil` when the first layer trains.
  ///   - preprocessing: What the images go through first.
  ///   - augmentation: What is done to them.
  ///   - viewCount: How many augmented views of each image there are, each the same in every epoch
  ///     that shows it; `nil` for a new one in each epoch.
  ///   - seed: Decides the views.
  ///   - store: Keeps the outputs of the frozen layers.
  ///   - threads: How many threads decode and compute.
  ///   - limits: Bounds on the images.
  init(
    sources: [FeatureExtractor.Source], prefix: FrozenLayers?,
    preprocessing: Preprocessing, augmentation: Augmentation, viewCount: Int?, seed: UInt64,
    store: (any ActivationStore)?, threads: Int, limits: InputLimits
  ) {
    self.sources = sources
    self.augmentation = augmentation
    self.viewCount = viewCount
    self.seed = seed
    // What would never be read again is not kept.
    self.store = augmentation.isNone || viewCount != nil ? store : nil
    loader = BatchLoader(
      sources: sources, preprocessing: preprocessing, augmentation: augmentation,
      threads: threads, limits: limits)
    imageElementCount = preprocessing.elementCount
    self.prefix = prefix
    shape = prefix?.shape ?? preprocessing.inputShape
  }

  /// Writes the inputs of some images, `[indices.count]` and ``shape``.
  ///
  /// The same seed, epoch and indices give the same bits, wherever they come from.
  func load(
    _ indices: [Int], epoch: Int, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    let views = indices.map { view(of: $0, epoch: epoch) }
    guard let prefix else {
      try loader.load(
        indices, seed: seed, views: views,
        into: UnsafeMutableBufferPointer(rebasing: target[..<(indices.count * imageElementCount)]))
      misses += indices.count
      return
    }
    let width = shape.elementCount
    var missing: [Int] = []
    for position in indices.indices {
      let slot = UnsafeMutableBufferPointer(
        rebasing: target[position * width..<(position + 1) * width])
      if let store, store.read(key(indices[position], views[position]), into: slot) {
        hits += 1
      } else {
        missing.append(position)
      }
    }
    misses += missing.count
    let size = FeatureExtractor.batchSize
    for start in stride(from: 0, to: missing.count, by: size) {
      let positions = missing[start..<min(start + size, missing.count)]
      try compute(positions, indices, views, prefix, into: target)
    }
  }

  private func compute(
    _ positions: ArraySlice<Int>, _ indices: [Int], _ views: [UInt64],
    _ prefix: FrozenLayers, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    let width = shape.elementCount
    let images = images ?? FloatBuffer(count: FeatureExtractor.batchSize * imageElementCount)
    let outputs = outputs ?? FloatBuffer(count: FeatureExtractor.batchSize * width)
    (self.images, self.outputs) = (images, outputs)
    let count = positions.count
    try loader.load(
      positions.map { indices[$0] }, seed: seed, views: positions.map { views[$0] },
      into: UnsafeMutableBufferPointer(start: images.base, count: count * imageElementCount))
    try prefix.network().run(
      UnsafeBufferPointer(start: images.base, count: images.count), count: count,
      into: UnsafeMutableBufferPointer(start: outputs.base, count: outputs.count))
    try store?.store(
      positions.map { key(indices[$0], views[$0]) },
      UnsafeBufferPointer(start: outputs.base, count: count * width))
    for (row, position) in positions.enumerated() {
      (target.baseAddress.map { $0 + position * width })?.update(
        from: outputs.base + row * width, count: width)
    }
  }

  /// Which view of an image an epoch shows: a random stream of its own for each.
  private func view(of index: Int, epoch: Int) -> UInt64 {
    guard !augmentation.isNone else { return 0 }
    let number = viewCount.map { (epoch - 1) % $0 } ?? epoch
    var generator = RandomGenerator(seed: UInt64(index), stream: UInt64(number))
    return generator.next()
  }

  /// By what the store knows a view: the image's digest, or that of its augmentation.
  private func key(_ index: Int, _ view: UInt64) -> Digest {
    let image = sources[index].digest
    guard !augmentation.isNone else { return image }
    var hasher = DigestHasher()
    hasher.update("view 1\n\(image)\n\(augmentation)\n\(seed) \(view)\n")
    return hasher.finalize()
  }
}
