import Networks
import Tensors
import Training

/// The activation caches that a network's fit opens, one for each frozen prefix, until it ends.
///
/// Not `Sendable`: one fit owns it.
final class ActivationCaches {
  private let registry: Registry
  private let base: LoadedModel?
  private var opened: [ActivationCache] = []

  /// The caches for prefixes of a base; none for a network that begins from nothing.
  init(_ registry: Registry, _ base: LoadedModel?) {
    self.registry = registry
    self.base = base
  }

  /// The cache of a prefix with outputs of that shape.
  func cache(of prefix: [Layer], _ output: Shape) throws -> (any ActivationStore)? {
    guard let base else { return nil }
    let cache = try registry.activationCache(of: prefix, base, featureCount: output.elementCount)
    opened.append(cache)
    return cache
  }

  /// Writes what waits in memory; what cannot be written is computed again another time.
  func flush() {
    for cache in opened { try? cache.flush() }
  }
}
