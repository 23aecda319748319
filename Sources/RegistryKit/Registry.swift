package import Catalog
public import Diagnostics
private import FileSystem
private import Glibc
package import ObjectStore

/// A registry in a folder: the catalogue, the objects and the caches, and everything that can be
/// done with them.
///
/// Safe to use from several threads, and beside other processes that use the same folder.
public final class Registry: Sendable {
  /// The name of the folder that holds a registry.
  public static let folderName = ".registry"

  /// The registry's folder.
  public let folder: String
  package let catalog: CatalogDatabase
  package let objects: ObjectFolder
  package let limits: InputLimits
  /// The number of the job whose runs begin here; `nil` for work that is no job.
  private let job: Int64?

  /// Opens the registry in a folder.
  ///
  /// - Throws: `no_registry` when there is none, `newer_registry` when a newer version of the
  ///   program made it, and what SQLite reports.
  public convenience init(opening folder: String, limits: InputLimits = .standard) throws {
    try self.init(opening: folder, limits: limits, job: nil)
  }

  /// The same registry for the work of a job.
  func working(onJob job: Int64) throws -> Registry {
    try Registry(opening: folder, limits: limits, job: job)
  }

  /// Begins a run, which belongs to the job if this is one's work.
  ///
  /// - Throws: `deleted` when what it is to work with was deleted meanwhile.
  func begin(_ draft: RunDraft) throws -> RunRecord {
    var draft = draft
    draft.job = job
    return try catalog.beginRun(draft)
  }

  private init(opening folder: String, limits: InputLimits, job: Int64?) throws {
    let path = Self.catalogPath(in: folder)
    guard access(path, F_OK) == 0 else {
      throw RegistryError(
        .noRegistry, "There is no registry in \(folder).", place: .file(folder),
        remedy: "Make one with `registry init`, or name another with --registry.")
    }
    self.folder = folder
    self.limits = limits
    self.job = job
    let objects = ObjectFolder(folder: "\(folder)/objects")
    self.objects = objects
    catalog = try CatalogDatabase(opening: path, isStored: { objects.contains($0) })
  }

  /// Makes a registry.
  ///
  /// `folder` is the registry's own, for example `project/.registry`; folders above it are made too.
  ///
  /// - Throws: `registry_exists` when there is one, `not_writable` when the folder cannot be made.
  public static func initialize(at folder: String) throws -> InitializationResult {
    let path = catalogPath(in: folder)
    guard access(path, F_OK) != 0 else {
      throw RegistryError(
        .registryExists, "There is a registry in \(folder) already.", place: .file(folder),
        remedy: "Use it, or name another folder.")
    }
    try makeFolders(folder)
    let catalog = try CatalogDatabase.create(at: path)
    return InitializationResult(
      registry: FileSystemEntries.resolved(folder), schemaVersion: try catalog.schemaVersion)
  }

  /// Finds the registry to work on: the one that was named, else that of the environment, else the
  /// nearest `.registry` upward from the current folder.
  ///
  /// A name may be that of the registry's own folder or of the one that holds it.
  ///
  /// - Throws: `no_registry` when there is none.
  public static func locate(named name: String?, environment: String?) throws -> String {
    if let name = name ?? environment.flatMap({ $0.isEmpty ? nil : $0 }) {
      for folder in [name, "\(name)/\(folderName)"]
      where access(catalogPath(in: folder), F_OK) == 0 {
        return folder
      }
      throw RegistryError(
        .noRegistry, "There is no registry in \(name).", place: .file(name),
        remedy: "Make one with `registry init \(name)`.")
    }
    var folder = FileSystemEntries.resolved(".")
    while true {
      let candidate = folder == "/" ? "/\(folderName)" : "\(folder)/\(folderName)"
      if access(catalogPath(in: candidate), F_OK) == 0 { return candidate }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { break }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
    throw RegistryError(
      .noRegistry, "There is no registry here or in any folder above.",
      place: .file(FileSystemEntries.resolved(".")),
      remedy: "Make one with `registry init`, or name one with --registry.")
  }

  /// The folder of what may be deleted at any time.
  package var cacheFolder: String { "\(folder)/cache" }

  private static func catalogPath(in folder: String) -> String { "\(folder)/registry.sqlite" }

  private static func makeFolders(_ path: String) throws {
    if FileSystemEntries.isFolder(path) { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolders(String(path[..<slash]))
    }
    try SystemFileLayer().makeFolder(path)
  }
}

extension RegistryError.Code {
  /// There is no registry where one is needed.
  package static let noRegistry = Self("no_registry", .notFound)
  /// There is a registry where one is to be made.
  package static let registryExists = Self("registry_exists", .conflict)
}
