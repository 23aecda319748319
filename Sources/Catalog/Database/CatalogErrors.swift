package import Diagnostics
private import GRDB
private import Glibc

extension RegistryError.Code {
  /// The catalogue is no SQLite database, is damaged, or holds what no program of ours writes.
  package static let damagedCatalog = Self("damaged_catalog", .corrupt)
  /// The catalogue was written by a newer version of the program.
  package static let newerRegistry = Self("newer_registry", .unavailable)
  /// Another process holds the registry for longer than we wait.
  package static let registryBusy = Self("registry_busy", .busy)
  /// A change would break a rule of the catalogue: a bug.
  package static let catalogRuleBroken = Self("catalog_rule_broken", .internal)
  /// SQLite failed in a way that has no better name.
  package static let catalogFailed = Self("catalog_failed", .internal)
}

extension RegistryError {
  /// The error for what went wrong in the catalogue: the only place that knows SQLite's codes.
  static func catalog(_ error: any Error, path: String) -> RegistryError {
    switch error {
    case let error as RegistryError: error
    case let error as DatabaseError: catalog(sqlite: error, path)
    case is RowDecodingError, is CatalogDamage: damagedCatalog(path, error)
    default:
      RegistryError(
        .catalogFailed, "The catalogue could not be used: \(error).", place: .file(path),
        remedy: "Run `registry verify`, and report this.", cause: error)
    }
  }

  private static func catalog(sqlite error: DatabaseError, _ path: String) -> RegistryError {
    let reason = error.message ?? "\(error.resultCode)"
    // SQLite makes two files beside its own. When they do not fit on a full disk it says that the
    // database is read-only, cannot be opened, or that the system failed.
    let mayBeFull: [ResultCode] = [.SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR]
    if mayBeFull.contains(error.resultCode), isFull(diskOf: path) {
      return .unwritable(path, ENOSPC)
    }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
      return RegistryError(
        .registryBusy, "Another process is writing to the registry.", place: .file(path),
        remedy: "Try again when it is done.", cause: error)
    case .SQLITE_FULL:
      return .unwritable(path, ENOSPC)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return damagedCatalog(path, error)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      if may(R_OK, path), !may(W_OK, path) || !may(W_OK, folder(of: path)) {
        return RegistryError(
          .notWritable, "\(path) cannot be written: \(reason).", place: .file(path),
          remedy: "Work as a user that may write there, or in a copy.", cause: error)
      }
      if error.resultCode != .SQLITE_CANTOPEN { return failed(path, error) }
      return RegistryError(
        .notReadable, "\(path) cannot be opened: \(reason).", place: .file(path),
        remedy: "Check that you may read the file and the folder that it is in.", cause: error)
    case .SQLITE_IOERR:
      return failed(path, error)
    case .SQLITE_CONSTRAINT:
      return RegistryError(
        .catalogRuleBroken, "The catalogue refused a change: \(reason).", place: .file(path),
        remedy: "Report this; nothing was changed.", cause: error)
    default:
      return RegistryError(
        .catalogFailed, "The catalogue could not be used: \(reason).", place: .file(path),
        remedy: "Run `registry verify`, and report this.", cause: error)
    }
  }

  /// The error for a disk that does not do what it should.
  ///
  /// Whether a change is on it after all is known only once it can be read again.
  private static func failed(_ path: String, _ error: DatabaseError) -> RegistryError {
    let reads: [ResultCode] = [.SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ]
    return RegistryError(
      reads.contains(error.extendedResultCode) ? .notReadable : .writeFailed,
      "The system failed to read or write \(path): \(error.message ?? "\(error.resultCode)").",
      place: .file(path), remedy: "Check the disk, run `registry verify`, then try again.",
      cause: error)
  }

  /// Whether the user who runs this may do something with a file; a file system that is mounted
  /// for reading may not be written by anybody.
  private static func may(_ access: Int32, _ path: String) -> Bool {
    faccessat(AT_FDCWD, path, access, AT_EACCESS) == 0
  }

  /// The folder that a file is in.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  /// Whether there is less room than SQLite's shared memory file grows by, or none for a file.
  private static func isFull(diskOf path: String) -> Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    let hasNoFiles = status.f_files > 0 && status.f_favail == 0
    return hasNoFiles || UInt64(status.f_bavail) * UInt64(status.f_frsize) < 64 << 10
  }

  private static func damagedCatalog(_ path: String, _ error: any Error) -> RegistryError {
    let reason = (error as? DatabaseError)?.message ?? "\(error)"
    return RegistryError(
      .damagedCatalog, "The catalogue \(path) is damaged: \(reason).", place: .file(path),
      remedy: "Restore the file from a backup; the objects beside it are untouched.", cause: error)
  }
}
