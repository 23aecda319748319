import Catalog
private import Deltas
import Diagnostics
private import ObjectStore
private import Tensors

/// A collection of garbage that is being done.
struct GarbageCollector {
  /// How many objects are removed while other writers wait.
  private static let objectsPerTransaction = 256
  /// A pack is written anew when at least this share of it, or this many bytes, are not needed.
  private static let unneededShare = 0.25
  private static let unneededBytes = 16 << 20
  /// How far, in microseconds, the time of a file may lag behind the clock.
  private static let clockMargin = 20_000

  let registry: Registry
  let isTrial: Bool
  let progress: any ProgressObserver
  let cancellation: Cancellation
  private let begin = Int(Timestamp.now().microseconds)
  private var result: GarbageCollectionResult

  init(
    registry: Registry, isTrial: Bool, progress: any ProgressObserver,
    cancellation: Cancellation
  ) {
    self.registry = registry
    self.isTrial = isTrial
    self.progress = progress
    self.cancellation = cancellation
    result = GarbageCollectionResult(
      dryRun: isTrial, freedBytes: 0, objects: 0, repacked: 0, temporaryFiles: 0, cacheFiles: 0,
      collected: SubjectList(models: [], datasets: [], runs: [], aliases: []))
  }

  mutating func run() throws -> GarbageCollectionResult {
    // What needs no room in the catalogue comes first: the disk may be full.
    let writing = try registry.objects.unfinishedWriting(removing: !isTrial)
    let uploads = registry.removeOldUploads(isTrial: isTrial)
    result.temporaryFiles = writing.abandonedFiles + uploads.files
    let cache = try ActivationCache.trim(
      root: "\(registry.cacheFolder)/activations", removing: !isTrial)
    result.cacheFiles = cache.files
    result.freedBytes = writing.abandonedBytes + uploads.bytes + cache.bytes

    let rows = try registry.catalog.collectDeleted(
      isTrial: isTrial, isGone: HostDescription.isGone)
    result.collected = SubjectList(rows.subjects)
    try remove(rows.objects)
    for pack in rows.partialPacks where Self.isWorthRepacking(pack) {
      try check()
      try repack(pack)
    }
    try removeUnreferenced(
      olderThan: min(writing.oldestWriter ?? begin, begin) - Self.clockMargin,
      except: Set(rows.objects))
    return result
  }

  private func check() throws {
    guard cancellation.isCancelled else { return }
    throw RegistryError(
      .interrupted, "Collecting was stopped; what was freed stays freed.",
      remedy: "Run `registry gc` again for the rest.")
  }

  // MARK: Objects

  /// Removes objects, unless somebody has recorded them meanwhile.
  private mutating func remove(_ digests: [Digest]) throws {
    let (objects, isTrial) = (registry.objects, isTrial)
    var start = 0
    while start < digests.count {
      try check()
      let part = digests[start..<min(start + Self.objectsPerTransaction, digests.count)]
      start = part.endIndex
      var (count, bytes) = (0, 0)
      func take(_ digest: Digest) throws {
        guard let byteCount = objects.byteCount(of: digest) else { return }
        if !isTrial { try objects.remove(digest) }
        count += 1
        bytes += byteCount
      }
      if isTrial {
        try part.forEach(take)
      } else {
        try registry.catalog.removeUnreferenced(Array(part), take)
      }
      result.objects += count
      result.freedBytes += bytes
      progress.progress(
        ProgressUpdate("Collecting", completed: result.objects, unit: "objects"))
    }
  }

  /// Removes what no row names: what crashed writers left.
  ///
  /// What appeared later than a moment is spared, since writers that are at work will name it.
  private mutating func removeUnreferenced(
    olderThan moment: Int, except known: Set<Digest>
  ) throws {
    for prefix in try registry.objects.prefixes() {
      try check()
      let digests = try registry.objects.digests(beginningWith: prefix)
      let abandoned = try registry.catalog.unreferenced(digests).filter { digest in
        !known.contains(digest)
          && registry.objects.appearance(of: digest).map { $0 < moment } ?? false
      }
      try remove(abandoned)
    }
  }

  // MARK: Packs

  private static func isWorthRepacking(_ pack: PartialPack) -> Bool {
    pack.unneededBytes >= unneededBytes
      || Double(pack.unneededBytes) >= unneededShare * Double(pack.byteCount)
  }

  /// Writes the tensors of a pack that are needed as another one, and removes the pack.
  private mutating func repack(_ pack: PartialPack) throws {
    guard let contents = try neededContents(of: pack) else { return }
    if isTrial {
      result.repacked += 1
      result.objects += 1
      result.freedBytes += pack.byteCount - (try contents.byteCount())
      return
    }
    progress.progress(
      ProgressUpdate("Writing packs anew", completed: result.repacked, unit: "packs"))
    let registry = registry
    let written = try registry.recording { batch -> (isReplaced: Bool, byteCount: Int) in
      let (draft, isNew) = try contents.write(to: registry, in: batch)
      let isReplaced = try registry.catalog.replacePack(pack.object, with: draft)
      return (isReplaced, isNew ? draft.byteCount : 0)
    }
    // Otherwise somebody needs more of it by now; what was written is named by nobody.
    guard written.isReplaced else { return }
    result.repacked += 1
    result.freedBytes -= written.byteCount
    try remove([pack.object])
  }

  /// What is needed of a pack; `nil` when it is damaged, which `verify` tells.
  private func neededContents(of pack: PartialPack) throws -> PackContents? {
    let storage: ByteStorage
    do {
      storage = try registry.objects.map(pack.object)
    } catch {
      guard error.code == .missingObject else { throw error }
      return nil
    }
    var contents = PackContents()
    for (name, packed) in pack.needed {
      guard let tensor = packed.tensor(in: storage), tensor.digest() == packed.digest else {
        return nil
      }
      contents.add(tensor, named: name, digest: packed.digest)
    }
    guard try pack.neededDeltas.isEmpty || registry.damagedDeltas(of: pack.object).isEmpty
    else { return nil }
    for (name, delta) in pack.neededDeltas {
      let bytes = PackedTensor(
        digest: delta.tensor.digest, byteOffset: delta.tensor.byteOffset,
        byteCount: delta.byteCount, scalarType: ScalarType.uint8.rawValue,
        shape: [delta.byteCount]
      ).tensor(in: storage)
      guard let bytes, delta.encoding == TensorDelta.encoding else { return nil }
      contents.add(delta: bytes, of: delta.tensor, named: name, base: delta.base)
    }
    return contents
  }
}
