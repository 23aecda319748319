package import Catalog
package import Diagnostics
package import Networks
private import ObjectStore
private import Tensors
package import Training

extension Registry {
  /// The layers of a model whose output for an image never changes: what runs once per image.
  ///
  /// - Throws: `backbone_not_frozen` when layers below the head are trainable.
  package func frozenPrefix(of model: LoadedModel) throws -> [Layer] {
    try frozenPrefix(of: model.network, model.freezePlan, subject: model.name.description)
  }

  /// The same for a network that is not registered yet.
  package func frozenPrefix(
    of network: Network, _ plan: FreezePlan, subject: String
  ) throws -> [Layer] {
    let prefix = plan.frozenPrefix(of: network)
    guard prefix.count >= network.backbone.count else {
      throw RegistryError(
        .backboneNotFrozen, "Layers of the backbone of \(subject) are trainable.",
        place: Place(layer: network.layers[prefix.count].name, subject: subject),
        remedy: "Derive with the backbone frozen.")
    }
    return network.backbone
  }

  /// The features of images at the end of a frozen prefix: read from the activation cache, or
  /// computed and kept there.
  package func features(
    of items: [DatasetItem], _ prefix: [Layer], _ model: LoadedModel, threads: Int?,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> (features: FeatureExtractor.Features, featureCount: Int) {
    let extractor = try FeatureExtractor(
      layers: prefix, tensors: model.stateDict, preprocessing: model.preprocessing,
      threads: threads, limits: limits)
    let cache = try activationCache(of: prefix, model, featureCount: extractor.featureCount)
    let objects = objects
    let sources = items.map { item in
      FeatureExtractor.Source(digest: item.digest, place: .file(item.sourcePath)) {
        try objects.map(item.digest)
      }
    }
    do {
      let features = try extractor.features(
        of: sources, store: cache, progress: progress, isCancelled: { cancellation.isCancelled })
      try cache.flush()
      return (features, extractor.featureCount)
    } catch {
      // What was computed so far spares the next try that work.
      try? cache.flush()
      throw error
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

extension RegistryError.Code {
  /// A model has trainable layers below its head.
  package static let backboneNotFrozen = Self("backbone_not_frozen", .usage)
}
