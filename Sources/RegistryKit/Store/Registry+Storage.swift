private import Catalog
private import Diagnostics
private import FileSystem

extension Registry {
  /// What the newest models and the registry as a whole take on the disk.
  ///
  /// - Complexity: O(versions of the models in the answer + files of the cache).
  public func storage(limit: Int) throws -> StorageReport {
    let totals = try catalog.storageTotals()
    func count(_ kind: StorageTotal.Kind) -> StorageReport.Count {
      let total = totals[kind] ?? StorageTotal()
      return StorageReport.Count(count: total.count, bytes: total.byteCount)
    }
    let versions = totals[.modelVersion] ?? StorageTotal()
    let packs = count(.pack)
    var cache = StorageReport.Count(count: 0, bytes: 0)
    Self.addFiles(below: cacheFolder, depth: 0, to: &cache)
    let models = try catalog.modelStorage(limit: limit)
    return StorageReport(
      models: models.map {
        StorageReport.Model(
          model: $0.model, versions: $0.versionCount,
          use: StorageUse(
            ownBytes: $0.ownByteCount, sharedBytes: $0.sharedByteCount,
            separateBytes: $0.separateByteCount))
      },
      objects: StorageReport.Objects(
        images: count(.image), packs: packs, checkpoints: count(.checkpoint), cache: cache),
      total: StorageUse(
        ownBytes: packs.bytes, sharedBytes: max(0, versions.byteCount - packs.bytes),
        separateBytes: versions.byteCount))
  }

  /// What the versions of a model take on the disk, or one of them when the reference says which.
  ///
  /// - Throws: `unknown_model`, `unknown_model_version`, `unknown_alias`.
  /// - Complexity: O(tensors of the versions); no object is opened.
  public func storage(ofModel reference: String) throws -> ModelStorage {
    let parsed = try Reference(parsing: reference)
    let named = try catalog.modelVersion(parsed)
    let records =
      parsed.selector == .newest ? try catalog.modelVersions(named: parsed.name) : [named]
    let versions = try records.map { record in
      let locations = try catalog.tensors(of: record)
      let deltas = locations.filter { $0.delta != nil }
      return ModelStorage.Version(
        version: record.version,
        base: record.base.map { ModelName(model: $0.name, version: $0.version) },
        use: StorageUse(
          ownBytes: record.ownByteCount, sharedBytes: record.sharedBytes,
          separateBytes: record.sharedBytes + record.newBytes),
        tensors: locations.count, deltaTensors: deltas.count,
        deltaBytes: deltas.reduce(0) { $0 + ($1.delta?.byteCount ?? 0) },
        deltaTensorBytes: deltas.reduce(0) { $0 + $1.byteCount })
    }
    let uses = versions.map(\.use)
    return ModelStorage(
      model: named.model, versions: versions,
      total: StorageUse(
        ownBytes: uses.reduce(0) { $0 + $1.ownBytes },
        sharedBytes: uses.reduce(0) { $0 + $1.sharedBytes },
        separateBytes: uses.reduce(0) { $0 + $1.separateBytes }))
  }

  /// Folders of the cache lie no deeper: a link that leads upward is not followed for ever.
  private static let maximumCacheDepth = 4

  /// Adds the files below a folder.
  ///
  /// Other processes may remove some meanwhile: these do not count.
  private static func addFiles(
    below folder: String, depth: Int, to count: inout StorageReport.Count
  ) {
    for name in (try? FileSystemEntries.names(in: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      if let identity = try? FileIdentity(path: path) {
        count.count += 1
        count.bytes += identity.byteCount
      } else if depth < maximumCacheDepth, FileSystemEntries.isFolder(path) {
        addFiles(below: path, depth: depth + 1, to: &count)
      }
    }
  }
}
