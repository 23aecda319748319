package import Catalog
package import Diagnostics
package import Networks
private import ObjectStore
private import Tensors
package import Training

extension Registry {
  /// The features of images, which a model's head reads: read from the activation cache, or computed
  /// and kept there.
  ///
  /// A version never changes, so that its whole backbone runs once per image, whatever of it was
  /// frozen while it was trained.
  package func features(
    of items: [DatasetItem], _ model: LoadedModel, threads: Int?,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> (features: FeatureExtractor.Features, featureCount: Int) {
    let extractor = try FeatureExtractor(
      layers: model.network.backbone, tensors: model.stateDict, preprocessing: model.preprocessing,
      threads: threads, limits: limits)
    let cache = try activationCache(
      of: model.network.backbone, model, featureCount: extractor.featureCount)
    do {
      let features = try extractor.features(
        of: sources(of: items), store: cache, progress: progress,
        isCancelled: { cancellation.isCancelled })
      try cache.flush()
      return (features, extractor.featureCount)
    } catch {
      // What was computed so far spares the next try that work.
      try? cache.flush()
      throw error
    }
  }

  /// Where the images of a dataset are.
  package func sources(of items: [DatasetItem]) -> [FeatureExtractor.Source] {
    let objects = objects
    return items.map { item in
      FeatureExtractor.Source(digest: item.digest, place: .file(item.sourcePath)) {
        try objects.map(item.digest)
      }
    }
  }

  /// The cache of what a prefix computes from pictures that were prepared in one way.
  package func activationCache(
    of prefix: [Layer], _ model: LoadedModel, featureCount: Int
  ) throws -> ActivationCache {
    var hasher = DigestHasher()
    hasher.update("activations 1\n")
    hasher.update("\(Network.prefixDigest(layers: prefix, tensors: model.digests))\n")
    hasher.update(try CanonicalJSON.text(of: model.preprocessing))
    return try ActivationCache(
      root: "\(cacheFolder)/activations", key: hasher.finalize(), valueCount: featureCount)
  }
}
