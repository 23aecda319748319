private import Catalog
public import Diagnostics
private import FileSystem
private import Glibc
private import ObjectStore
private import Tensors

extension Registry {
  /// How often a copy of the catalogue is taken anew because objects were collected meanwhile.
  private static let maximumAttempts = 5
  /// The file by which a folder is known to be a backup, and no registry that somebody works on.
  private static let markerName = "BACKUP"

  /// Copies the registry as it is at one moment into a folder, while others may work on it.
  ///
  /// The folder is a registry itself. An earlier backup there is brought up to date: objects that it
  /// has are not copied again. Objects are compared with their digests on the way. The catalogue comes
  /// last, in one step: whatever interrupts a backup, the one before is still whole.
  ///
  /// Damage is an answer: what is missing or corrupt is told, and everything else is copied.
  ///
  /// - Throws: `not_a_backup` for a folder with something else in it, `interrupted`, and what reading
  ///   and writing report.
  public func backup(
    to target: String, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> BackupResult {
    let start = ContinuousClock.now
    try prepare(target)
    let store = ObjectFolder(folder: "\(target)/objects")
    let copy = "\(target)/registry.sqlite.new"
    defer { Self.removeDatabase(copy) }
    var attempts = 0
    while true {
      attempts += 1
      Self.removeDatabase(copy)
      try catalog.copy(to: copy)
      let snapshot = try CatalogDatabase(opening: copy)
      let objects = try snapshot.referencedObjects()
      var result = BackupResult(
        backup: FileSystemEntries.resolved(target), schemaVersion: try snapshot.schemaVersion,
        objects: objects.count, objectsAdded: 0, bytesAdded: 0, corrupt: [], missing: [],
        seconds: 0)
      let isWhole = try add(
        objects, to: store, &result, isLast: attempts == Self.maximumAttempts, progress,
        cancellation)
      guard isWhole else { continue }
      let file = SystemFileLayer()
      try file.synchronize(copy)
      for ending in ["-wal", "-shm"] { unlink("\(target)/registry.sqlite\(ending)") }
      try file.rename(copy, to: "\(target)/registry.sqlite")
      try file.synchronize(target)
      result.seconds = (ContinuousClock.now - start).seconds
      return result
    }
  }

  /// Copies what a backup lacks.
  ///
  /// - Returns: Whether all is there that can be; not when an object was collected meanwhile.
  private func add(
    _ wanted: [ReferencedObject], to store: ObjectFolder, _ result: inout BackupResult,
    isLast: Bool, _ progress: any ProgressObserver, _ cancellation: Cancellation
  ) throws -> Bool {
    let batch = ObjectBatch(store)
    for (index, object) in wanted.enumerated() {
      guard !cancellation.isCancelled else {
        throw RegistryError(
          .interrupted, "The backup was stopped; the one before, if any, is as it was.",
          remedy: "Run `registry backup` again; what was copied is not copied again.")
      }
      progress.progress(
        ProgressUpdate("Copying", completed: index, total: wanted.count, unit: "objects"))
      guard !store.contains(object.digest) else { continue }
      guard objects.contains(object.digest) else {
        guard try catalog.unreferenced([object.digest]).isEmpty || isLast else {
          try batch.commit()
          return false
        }
        result.missing.append(object.digest.hexadecimal)
        continue
      }
      let bytes = try objects.map(object.digest)
      let isIntact = try bytes.withUnsafeBytes { bytes in
        guard Digest(of: bytes) == object.digest else { return false }
        _ = try batch.add(bytes)
        return true
      }
      if isIntact {
        result.objectsAdded += 1
        result.bytesAdded += object.byteCount
      } else {
        result.corrupt.append(object.digest.hexadecimal)
      }
    }
    try batch.commit()
    return true
  }

  private func prepare(_ target: String) throws {
    let (own, other) = (FileSystemEntries.resolved(folder), Self.resolved(target))
    let names = FileSystemEntries.isFolder(target) ? try FileSystemEntries.names(in: target) : []
    let isInside = other == own || other.hasPrefix(own + "/")
    guard !isInside, names.isEmpty || names.contains(Self.markerName) else {
      throw RegistryError(
        .notABackup,
        isInside
          ? "\(target) is in the registry itself."
          : "\(target) has something else than a backup in it.",
        place: .file(target), remedy: "Name a new folder, or one that an earlier backup made.")
    }
    for folder in [target, "\(target)/objects"] where !FileSystemEntries.isFolder(folder) {
      try SystemFileLayer().makeFolder(folder)
    }
    let marker = try OutputFile(path: "\(target)/\(Self.markerName)", replacing: true)
    let text = "A backup of \(own); `registry backup` brings it up to date.\n"
    try Array(text.utf8).withUnsafeBytes { try marker.write($0) }
    try marker.finish()
  }

  /// The path from the root, also of a folder that is not there yet.
  private static func resolved(_ path: String) -> String {
    if FileSystemEntries.isPresent(path) { return FileSystemEntries.resolved(path) }
    let names = path.split(separator: "/")
    guard let last = names.last else { return path }
    let parent = (path.hasPrefix("/") ? "/" : "") + names.dropLast().joined(separator: "/")
    return resolved(parent.isEmpty ? "." : parent) + "/" + last
  }

  private static func removeDatabase(_ path: String) {
    for ending in ["", "-wal", "-shm", "-journal"] { unlink(path + ending) }
  }
}

extension RegistryError.Code {
  /// A backup is to be made in a folder with something else in it.
  package static let notABackup = Self("not_a_backup", .conflict)
}
