private import Catalog
public import Diagnostics
private import FileSystem
private import Networks
private import Tensors
private import Training

extension Registry {
  /// Labels images that need not be in the registry.
  ///
  /// - Throws: `unknown_model`, `no_such_file`, and what decoding reports, with the path.
  public func predict(
    _ request: PredictRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> PredictionResult {
    guard request.top > 0 else {
      throw RegistryError(
        .malformedRequest, "\(request.top) labels cannot be shown.", place: .subject("--top"),
        remedy: "Ask for at least one.")
    }
    let model = try load(request.model)
    let extractor = try FeatureExtractor(
      layers: model.network.backbone, tensors: model.stateDict, preprocessing: model.preprocessing,
      threads: request.threads, limits: limits)
    let limit = limits.maximumImageBytes
    let sources = try request.paths.map { path in
      // Read again when its turn comes, so that a thousand pictures are not in memory at once.
      let bytes = try FileSystemEntries.bytes(of: path, limit: limit)
      return FeatureExtractor.Source(digest: Digest(of: bytes), place: .file(path)) {
        let bytes = try FileSystemEntries.bytes(of: path, limit: limit)
        return ByteStorage(count: bytes.count) { $0.copyBytes(from: bytes) }
      }
    }
    // Read only: pictures that are merely looked at do not push those of datasets out.
    let cache = ReadOnlyActivations(
      try activationCache(of: model.network.backbone, model, featureCount: extractor.featureCount))
    let features = try extractor.features(
      of: sources, store: cache, progress: progress, isCancelled: { cancellation.isCancelled })
    let head = try Classifier(
      of: model.network.withoutSigmoid(), tensors: model.stateDict,
      input: model.preprocessing.inputShape)
    let logits = try head.logits(features.values, count: sources.count)
    let labelCount = logits.count / max(sources.count, 1)
    return PredictionResult(
      model: model.record.model, version: model.record.version,
      predictions: request.paths.enumerated().map { row, path in
        let row = logits[row * labelCount..<(row + 1) * labelCount]
        let probabilities = model.network.hasIndependentLabels ? sigmoid(row) : softmax(row)
        let order = probabilities.indices.sorted {
          (-probabilities[$0], $0) < (-probabilities[$1], $1)
        }
        return .init(
          path: path,
          labels: order.prefix(request.top).map { index in
            .init(
              label: index < model.labels.count ? model.labels[index] : String(index),
              index: index, probability: Double(probabilities[index]))
          })
      }, recalled: try recalls(of: model))
  }
}

/// A store that keeps nothing new.
private struct ReadOnlyActivations: ActivationStore {
  private let cache: ActivationCache

  init(_ cache: ActivationCache) { self.cache = cache }

  func read(_ image: Digest, into values: UnsafeMutableBufferPointer<Float>) -> Bool {
    cache.read(image, into: values)
  }

  func store(_ images: [Digest], _ values: UnsafeBufferPointer<Float>) throws {}
}

extension RegistryError {
  /// A member, a parameter or an option of a request that cannot be used.
  package static func malformed(
    _ message: String, _ name: String, remedy: String
  ) -> RegistryError {
    RegistryError(.malformedRequest, message, place: .subject(name), remedy: remedy)
  }
}

extension RegistryError.Code {
  /// A number of a request is out of its range.
  package static let malformedRequest = Self("malformed_request", .usage)
}
