package import Diagnostics
import GRDB
private import Glibc
private import Migrations

extension RegistryError.Code {
  /// A catalogue is to be made where there is a file already.
  package static let catalogExists = Self("catalog_exists", .conflict)
}

/// Makes catalogues, and brings old ones up to date.
enum CatalogMigrator {
  /// `RGST`: what tells a catalogue from other SQLite files.
  static let applicationID: Int32 = 0x5247_5354

  /// Takes every step that the catalogue has not taken yet, each in a transaction of its own.
  ///
  /// Several processes may find an old catalogue at once. A step that another one took meanwhile
  /// fails here, since its tables or its name are there already, and changes nothing; then what is
  /// left to do is looked for again.
  static func migrate(_ queue: DatabaseQueue) throws {
    var migrator = DatabaseMigrator()
    for migration in Migrations.all {
      migrator.registerMigration(migration.name) { database in
        try database.execute(sql: migration.sql)
        try database.execute(sql: "PRAGMA user_version = \(migration.number)")
      }
    }
    while true {
      let version = try schemaVersion(queue)
      do {
        return try migrator.migrate(queue)
      } catch {
        guard try schemaVersion(queue) > version else { throw error }
      }
    }
  }

  private static func schemaVersion(_ queue: DatabaseQueue) throws -> Int64 {
    try queue.read { try $0.number("PRAGMA user_version") ?? 0 }
  }
}

extension CatalogDatabase {
  /// Makes an empty catalogue.
  ///
  /// It is built under another name and put in its place at the end: whatever happens meanwhile,
  /// there is a whole catalogue or none.
  ///
  /// - Throws: `catalog_exists`, `not_writable`, `no_space_left`.
  package static func create(at path: String) throws -> CatalogDatabase {
    let unfinished = "\(path).new-\(getpid())"
    unlink(unfinished)
    defer { unlink(unfinished) }
    do {
      // The file must be one whole when it gets its name, hence no -wal beside it before that.
      let queue = try DatabaseQueue(
        path: fileName(unfinished), configuration: ConnectionSettings().configuration)
      try CatalogMigrator.migrate(queue)
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
      try queue.close()
    } catch {
      let translated = RegistryError.catalog(error, path: path)
      guard translated.code == .notReadable else { throw translated }
      // SQLite says in one way that a file can be neither opened nor made.
      throw RegistryError(
        .notWritable, "\(path) cannot be made.", place: .file(path),
        remedy: "Choose a folder that you may write to.", cause: error)
    }
    try publish(unfinished, as: path)
    return try CatalogDatabase(opening: path)
  }

  /// Gives a finished file its name unless that is taken, and flushes the folder.
  private static func publish(_ unfinished: String, as path: String) throws(RegistryError) {
    if link(unfinished, path) != 0 {
      let failure = errno
      guard failure != EEXIST, access(path, F_OK) != 0 else {
        throw RegistryError(
          .catalogExists, "There is a file \(path) already.", place: .file(path),
          remedy: "Open it, or choose another folder.")
      }
      // Some file systems have no links.
      guard rename(unfinished, path) == 0 else { throw .unwritable(path, errno) }
    }
    let folder = RegistryError.folder(of: path)
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unwritable(folder, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .unwritable(folder, errno) }
  }
}
