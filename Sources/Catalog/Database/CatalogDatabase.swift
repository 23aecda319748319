private import Diagnostics
import GRDB
private import Glibc
private import Migrations
private import Synchronization
package import Tensors

/// The catalogue: every record of a registry but the bytes of its objects, in one SQLite file.
///
/// Safe to use from any thread and beside other processes. What a call wrote is on the disk when it
/// returns. A call reads one consistent state, and never waits for one that writes.
package final class CatalogDatabase: Sendable {
  /// The version of the schema that this program writes.
  package static var newestSchemaVersion: Int { Migrations.newestVersion }

  /// Where the catalogue lies.
  package let path: String
  /// Why the catalogue can only be read, for as long as nobody else writes it.
  private let refusal: RegistryError?
  private let reader: DatabaseQueue
  // Opened by the first call that writes: most commands only read.
  private let writer = Mutex<DatabaseQueue?>(nil)
  private let settings: ConnectionSettings
  /// Whether an object is in the store: what a new record names must be when it is written, since a
  /// collector may have removed it after somebody found it.
  let isStored: @Sendable (Digest) -> Bool

  /// Opens the catalogue in a file, and brings an older schema up to date.
  ///
  /// A catalogue that may not be written can still be read. `isStored` tells whether the store has an
  /// object; without it, whoever records one is believed.
  ///
  /// - Throws: `no_such_file`, `not_readable`, `damaged_catalog`, `newer_registry`,
  ///   `registry_busy`; `not_writable` when an older schema cannot be brought up to date.
  package convenience init(
    opening path: String, isStored: @escaping @Sendable (Digest) -> Bool = { _ in true }
  ) throws {
    try self.init(opening: path, settings: ConnectionSettings(), isStored: isStored)
  }

  /// Opens the catalogue with connections that are set up in another way than usual.
  init(
    opening path: String, settings: ConnectionSettings,
    isStored: @escaping @Sendable (Digest) -> Bool = { _ in true }
  ) throws {
    self.path = path
    self.settings = settings
    self.isStored = isStored
    var status = stat()
    guard stat(path, &status) == 0 else { throw RegistryError.unreadable(path, errno) }
    (reader, refusal) = try Self.openForReading(path, settings)
    try checkApplication()
    let version = try schemaVersion
    guard version <= Self.newestSchemaVersion else {
      throw RegistryError(
        .newerRegistry,
        "The registry has schema version \(version); this program knows versions up to "
          + "\(Self.newestSchemaVersion).",
        place: .file(path), remedy: "Use the version of the program that made it, or a newer one.")
    }
    if version < Self.newestSchemaVersion {
      try translatingErrors { try CatalogMigrator.migrate(try writingQueue()) }
    }
  }

  /// The version of the schema in the file.
  package var schemaVersion: Int {
    get throws { try read { Int(try $0.number("PRAGMA user_version") ?? 0) } }
  }

  /// Reads one consistent state.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try translatingErrors { try reader.read(body) }
  }

  /// Copies what the connection for reading sees.
  func copying(_ body: (DatabaseQueue) throws -> Void) throws {
    try translatingErrors { try body(reader) }
  }

  /// Changes everything or nothing; writers take turns.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try translatingErrors { try writingQueue().write(body) }
  }

  /// Changes everything and takes it back.
  func rehearse(_ body: (Database) throws -> Void) throws {
    try translatingErrors {
      try writingQueue().inTransaction(.immediate) {
        try body($0)
        return .rollback
      }
    }
  }

  /// Makes every error of SQLite one of ours.
  private func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw RegistryError.catalog(error, path: path)
    }
  }

  private func writingQueue() throws -> DatabaseQueue {
    if let refusal { throw refusal }
    return try writer.withLock { queue in
      if let queue { return queue }
      let opened = try DatabaseQueue(
        path: Self.fileName(path), configuration: settings.configuration)
      queue = opened
      return opened
    }
  }

  private func checkApplication() throws {
    let application = try read { try $0.number("PRAGMA application_id") }
    guard application == Int64(CatalogMigrator.applicationID) else {
      throw RegistryError(
        .damagedCatalog, "\(path) is not the catalogue of a registry.", place: .file(path),
        remedy: "Name the registry's folder, or restore the file from a backup.")
    }
  }
}

extension CatalogDatabase {
  /// A connection for reading; with an error for who wants to write, if it takes the file for
  /// unchangeable.
  private static func openForReading(
    _ path: String, _ settings: ConnectionSettings
  ) throws -> (DatabaseQueue, refusal: RegistryError?) {
    do {
      let queue = try DatabaseQueue(
        path: fileName(path), configuration: settings.configuration)
      return (queue, nil)
    } catch let error as DatabaseError where isForLackOfFiles(error) {
      // Without the right or the room to make its -shm file SQLite reads a WAL database only when
      // told that nobody writes it. While somebody does, those files are there; then this is not
      // the way.
      let refusal = RegistryError.catalog(error, path: path)
      var status = stat()
      let isInUse = stat(path + "-wal", &status) == 0 && status.st_size > 0
      guard !isInUse, [.notWritable, .noSpaceLeft].contains(refusal.code) else { throw refusal }
      do {
        var configuration = settings.configuration
        configuration.readonly = true
        let queue = try DatabaseQueue(path: immutableURI(path), configuration: configuration)
        return (queue, refusal)
      } catch {
        throw RegistryError.catalog(error, path: path)
      }
    } catch {
      throw RegistryError.catalog(error, path: path)
    }
  }

  private static func isForLackOfFiles(_ error: DatabaseError) -> Bool {
    [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
  }

  /// The path in a form that SQLite never takes for a URI.
  static func fileName(_ path: String) -> String {
    path.hasPrefix("file:") ? "./" + path : path
  }

  /// The URI that opens a file for reading without locks and without files beside it.
  private static func immutableURI(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return "file:\(String(decoding: bytes, as: UTF8.self))?immutable=1"
  }
}
