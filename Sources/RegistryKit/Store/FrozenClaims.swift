private import Catalog
private import Networks
private import Tensors

/// Compares what versions say that they froze with their bases, by digest.
package struct FrozenClaims {
  private let registry: Registry
  private var frozenLayers: [Int64: Set<String>] = [:]
  private var baseGroups: [Int64: [String: Digest]] = [:]

  /// How many groups of bases are kept in memory: many versions have one base.
  private static let maximumGroups = 64

  package init(_ registry: Registry) { self.registry = registry }

  /// Sentences about versions whose frozen layers are not their bases'.
  ///
  /// - Complexity: O(versions + tensors of groups that are not the base's).
  package mutating func contradictions() throws -> [String] {
    var sentences: [String] = []
    for changed in try registry.catalog.changedGroups() {
      let frozen = try frozenLayers(of: changed)
      guard !frozen.isEmpty else { continue }
      let own = try registry.catalog.tensorDigests(inGroup: changed.groupID)
        .filter { frozen.contains(Layer.name(ofTensor: $0.key)) }
      guard !own.isEmpty else { continue }
      let base = try changed.baseGroupID.map { try self.base($0) } ?? [:]
      // A tensor that the base's group lacks may be in another of its groups.
      let isElsewhere = own.keys.contains { base[$0] == nil }
      let whole = isElsewhere ? try registry.tensorDigests(ofVersion: changed.baseID) : base
      sentences += own.filter { whole[$0.key] != $0.value }.keys.sorted().map {
        "\(changed.version.name)@\(changed.version.version) says that it froze \($0), which is not "
          + "its base's."
      }
    }
    return sentences
  }

  private mutating func frozenLayers(of changed: ChangedGroup) throws -> Set<String> {
    if let known = frozenLayers[changed.freezePlanID] { return known }
    let plan = try CanonicalJSON.value(
      FreezePlan.self, from: try registry.catalog.document(changed.freezePlanID),
      subject: "\(changed.version.name)@\(changed.version.version)")
    let layers = Set(plan.frozenLayers)
    frozenLayers[changed.freezePlanID] = layers
    return layers
  }

  private mutating func base(_ group: Int64) throws -> [String: Digest] {
    if let known = baseGroups[group] { return known }
    let digests = try registry.catalog.tensorDigests(inGroup: group)
    if baseGroups.count >= Self.maximumGroups { baseGroups = [:] }
    baseGroups[group] = digests
    return digests
  }
}
