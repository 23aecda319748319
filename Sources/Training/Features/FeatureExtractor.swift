package import Diagnostics
private import Engine
private import Images
package import Networks
package import Tensors

/// Runs pictures through leading layers of a network, each picture once.
///
/// What an ``ActivationStore`` has is read; the network is compiled only when something is missing.
package struct FeatureExtractor: Sendable {
  /// How many pictures are computed at once.
  ///
  /// More would take more memory and be no faster.
  package static let batchSize = 8

  private let layers: [Layer]
  private let tensors: StateDict
  private let preprocessing: Preprocessing
  private let limits: InputLimits
  private let threads: Int
  /// How many numbers there are for each picture.
  package let featureCount: Int

  /// - Parameters:
  ///   - layers: leading layers of a network, which read the preprocessed picture.
  ///   - tensors: the tensors of these layers.
  ///   - preprocessing: what the picture goes through first.
  ///   - threads: how many threads decode and compute; all available cores if `nil`.
  ///   - limits: bounds on the pictures.
  /// - Throws: `malformed_network` when the layers do not fit together.
  package init(
    layers: [Layer], tensors: StateDict, preprocessing: Preprocessing, threads: Int? = nil,
    limits: InputLimits = .standard
  ) throws {
    self.layers = layers
    self.tensors = tensors
    self.preprocessing = preprocessing
    self.limits = limits
    self.threads = threads ?? ComputeThread.availableCores
    let network = Network(architecture: "prefix", backbone: layers, head: [])
    let shapes = try network.outputShapes(input: preprocessing.inputShape)
    featureCount = shapes[network.featureLayer]?.elementCount ?? preprocessing.elementCount
  }

  /// The features of pictures, and how they came about.
  package struct Features: Sendable {
    /// `[N, F]`, row-major, in the order of the sources.
    package fileprivate(set) var values: [Float]
    /// How many rows the store had.
    package fileprivate(set) var hits: Int
    /// How many pictures went through the network.
    package fileprivate(set) var misses: Int
  }

  /// Reads or computes the features of pictures.
  ///
  /// What was computed is stored batch by batch, so that an interrupted extraction goes on where it
  /// stopped.
  ///
  /// - Throws: `interrupted` when `isCancelled` said so; what decoding throws, with the place.
  package func features(
    of sources: [Source], store: (any ActivationStore)?,
    progress: any ProgressObserver = SilentProgress(), isCancelled: () -> Bool = { false }
  ) throws -> Features {
    var result = Features(
      values: [Float](repeating: 0, count: sources.count * featureCount), hits: 0, misses: 0)
    // The first row of each picture that must be computed, and all rows that show it.
    var missing: [Int] = []
    var rows: [Digest: [Int]] = [:]
    result.values.withUnsafeMutableBufferPointer { values in
      for (row, source) in sources.enumerated() {
        if let store, store.read(source.digest, into: slice(values, row)) {
          result.hits += 1
        } else {
          if rows[source.digest] == nil { missing.append(row) }
          rows[source.digest, default: []].append(row)
        }
      }
    }
    guard !missing.isEmpty else { return result }
    result.misses = missing.count
    result.hits = sources.count - missing.count

    let batchSize = min(Self.batchSize, missing.count)
    let network = try InferenceNetwork(
      layers: layers, input: preprocessing.inputShape, tensors: tensors,
      batchSize: batchSize, threads: threads)
    let input = BatchBuffer(count: batchSize * preprocessing.elementCount)
    let output = BatchBuffer(count: batchSize * featureCount)
    progress.progress(
      ProgressUpdate("Running the base", completed: 0, total: missing.count, unit: "images"))
    for start in stride(from: 0, to: missing.count, by: batchSize) {
      if isCancelled() {
        throw RegistryError(
          .interrupted, "Stopped after \(start) of \(missing.count) images.",
          remedy: "Run the same command again: what was computed is kept.")
      }
      let batch = missing[start..<min(start + batchSize, missing.count)].map { sources[$0] }
      try prepare(batch, into: input)
      try network.run(
        UnsafeBufferPointer(input.values), count: batch.count, into: output.values)
      let computed = UnsafeBufferPointer(
        rebasing: UnsafeBufferPointer(output.values)[..<(batch.count * featureCount)])
      try store?.store(batch.map(\.digest), computed)
      result.values.withUnsafeMutableBufferPointer { values in
        for (position, source) in batch.enumerated() {
          for row in rows[source.digest] ?? [] {
            _ = slice(values, row).update(
              fromContentsOf: computed[position * featureCount..<(position + 1) * featureCount])
          }
        }
      }
      progress.progress(
        ProgressUpdate(
          "Running the base", completed: start + batch.count, total: missing.count,
          unit: "images"))
    }
    return result
  }

  /// Decodes, resizes, crops and normalizes pictures into `[count, 3, height, width]`.
  private func prepare(_ batch: [Source], into input: BatchBuffer) throws {
    let elementCount = preprocessing.elementCount
    try ParallelLoop.run(count: batch.count, threads: threads) { index in
      let target = UnsafeMutableBufferPointer(
        rebasing: input.values[index * elementCount..<(index + 1) * elementCount])
      let image = try batch[index].decoded(
        minimumShortSide: preprocessing.shortSide, limits: limits)
      image.writePreprocessed(preprocessing, into: target)
    }
  }

  private func slice(
    _ values: UnsafeMutableBufferPointer<Float>, _ row: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: values[row * featureCount..<(row + 1) * featureCount])
  }
}
