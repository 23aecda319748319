package import Catalog
package import Diagnostics
package import FileSystem
private import Images
package import ObjectStore
private import Synchronization
private import Tensors

/// Reads, checks and stages image files, on all cores.
package struct ImageIntake: Sendable {
  /// What became of one file.
  package enum Outcome: Sendable {
    /// It is a usable image.
    case image(Accepted)
    /// It is not, with the reason in one sentence.
    case rejected(String)
  }

  /// A usable image.
  package struct Accepted: Sendable {
    package let record: ImageRecord
    /// What the file was when it was read; `nil` when it is as remembered.
    package let identity: FileIdentity?
    /// Whether the registry had its bytes before.
    package let isStored: Bool
    /// Whether the catalogue had its record before.
    package let isRecorded: Bool

    /// What is to be remembered of the file, which lies at that path.
    package func remembered(at path: String) -> RememberedFile? {
      identity.map { RememberedFile(ImageIntake.absolute(path), $0, record.digest) }
    }
  }

  private let catalog: CatalogDatabase
  private let objects: ObjectFolder
  private let batch: ObjectBatch
  private let limits: InputLimits

  /// The short side in pixels at which JPEG files are decoded here: enough for the perceptual hash.
  ///
  /// All of the compressed data is read all the same, so that damage is found.
  private static let decodedShortSide = 64

  package init(
    catalog: CatalogDatabase, objects: ObjectFolder, batch: ObjectBatch, limits: InputLimits
  ) {
    self.catalog = catalog
    self.objects = objects
    self.batch = batch
    self.limits = limits
  }

  /// So many files are looked up in the catalogue at once.
  private static let chunkSize = 1024

  /// Reads the files at some paths.
  ///
  /// A file that is as it was when it was last imported is not read again.
  ///
  /// - Returns: an outcome for each path.
  /// - Throws: what the catalogue and the disk report, `interrupted`. A bad file is an outcome.
  package func read(
    _ paths: some RandomAccessCollection<String>, threads: Int, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> OutcomeList {
    let outcomes = Mutex(OutcomeList(count: paths.count))
    var rest = paths[...]
    var start = 0
    while !rest.isEmpty {
      let chunk = Array(rest.prefix(Self.chunkSize))
      rest = rest.dropFirst(chunk.count)
      try read(
        chunk, threads: threads, cancellation: cancellation
      ) { [start, total = paths.count] index, outcome, completed in
        outcomes.withLock { $0[start + index] = outcome }
        progress.progress(
          ProgressUpdate(
            "Importing", completed: start + completed, total: total, unit: "images"))
      }
      start += chunk.count
    }
    return outcomes.withLock { $0 }
  }

  /// Reads a few files, and hands out what became of each and how many are done.
  private func read(
    _ paths: [String], threads: Int, cancellation: Cancellation,
    _ report: @Sendable (Int, Outcome, _ completed: Int) -> Void
  ) throws {
    let absolutePaths = paths.map(Self.absolute)
    let remembered = try catalog.rememberedFiles(absolutePaths)
    let known = try catalog.images(Array(Set(remembered.values.map(\.digest))))
    let completed = Atomic<Int>(0)
    try ParallelLoop.run(count: paths.count, threads: threads) { index in
      if cancellation.isCancelled {
        throw RegistryError(
          .interrupted, "The import was stopped; nothing was added.",
          remedy: "Run the same command again.")
      }
      let path = paths[index]
      let outcome: Outcome
      do {
        let former = remembered[absolutePaths[index]]
        let identity = try FileIdentity(path: path)
        if let former, former.identity == identity, let record = known[former.digest],
          objects.contains(former.digest)
        {
          outcome = .image(
            Accepted(record: record, identity: nil, isStored: true, isRecorded: true))
        } else {
          outcome = .image(try read(path))
        }
      } catch let error as RegistryError {
        guard [.badInput, .notFound].contains(error.code.category) || error.code == .notReadable
        else { throw error }
        outcome = .rejected(error.message)
      }
      report(index, outcome, completed.wrappingAdd(1, ordering: .relaxed).newValue)
    }
  }

  private func read(_ path: String) throws -> Accepted {
    // Looked at before the bytes: a file that changes meanwhile is read again the next time.
    let identity = try FileIdentity(path: path)
    let bytes = try FileSystemEntries.bytes(of: path, limit: limits.maximumImageBytes)
    return try bytes.withUnsafeBytes { bytes in
      let digest = Digest(of: bytes)
      if let record = try catalog.images([digest])[digest], objects.contains(digest) {
        return Accepted(record: record, identity: identity, isStored: true, isRecorded: true)
      }
      let decoded = try ImageDecoder.decode(
        bytes, minimumShortSide: Self.decodedShortSide, limits: limits)
      let object = try batch.add(bytes)
      let information = decoded.information
      return Accepted(
        record: ImageRecord(
          digest: digest, byteCount: bytes.count, width: information.width,
          height: information.height, format: information.format.rawValue,
          channels: information.channels, bitDepth: information.bitDepth,
          orientation: information.orientation, hasAlpha: information.hasAlpha,
          hasColorProfile: information.hasColorProfile,
          perceptualHash: decoded.image.perceptualHash(), warning: decoded.warnings.first),
        identity: identity, isStored: !object.isNew, isRecorded: false)
    }
  }

  /// The path from the root, without looking at what it leads to.
  package static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileSystemEntries.resolved("."))/\(path)"
  }
}

extension RememberedFile {
  fileprivate init(_ path: String, _ identity: FileIdentity, _ digest: Digest) {
    self.init(
      path: path, byteCount: identity.byteCount,
      modifiedNanoseconds: identity.modifiedNanoseconds, inode: identity.inode,
      device: identity.device, digest: digest)
  }

  var identity: FileIdentity {
    FileIdentity(
      byteCount: byteCount, modifiedNanoseconds: modifiedNanoseconds, inode: inode,
      device: device)
  }
}
