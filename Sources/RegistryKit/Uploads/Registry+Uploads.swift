private import Diagnostics
private import FileSystem
private import Glibc
private import Tensors

extension Registry {
  /// How long files wait to be imported, in seconds.
  private static let uploadLifetime = 24 * 3600
  /// The most folders, one in the other, of a file that is uploaded.
  private static let maximumDepth = 16

  /// Begins an upload: a folder for files that are to be imported.
  ///
  /// Uploads that nobody imported for a day are removed first.
  ///
  /// - Throws: What the disk reports.
  package func beginUpload() throws -> UploadSummary {
    _ = removeOldUploads()
    var generator = SystemRandomNumberGenerator()
    let name = Hexadecimal.text(
      of: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    for folder in [uploadsFolder, "\(uploadsFolder)/\(name)"] {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw RegistryError.unwritable(folder, errno)
      }
    }
    return UploadSummary(upload: name, files: 0, bytes: 0)
  }

  /// Begins a file of an upload; one of that name is replaced.
  ///
  /// - Throws: `unknown_upload`, `malformed_path`, and what the disk reports.
  package func beginFile(_ path: String, ofUpload upload: String) throws -> UploadedFile {
    let names = try Self.names(in: path)
    var folder = try self.folder(ofUpload: upload)
    for name in names.dropLast() {
      folder += "/\(name)"
      guard mkdir(folder, 0o700) == 0 || (errno == EEXIST && FileSystemEntries.isFolder(folder))
      else {
        throw errno == EEXIST
          ? Self.malformed(path, "A file of the upload has the name of a folder.")
          : RegistryError.unwritable(folder, errno)
      }
    }
    let place = "\(folder)/\(names[names.count - 1])"
    guard !FileSystemEntries.isFolder(place) else {
      throw Self.malformed(path, "A folder of the upload has the name of a file.")
    }
    return UploadedFile(upload: upload, name: names.joined(separator: "/"), try file(at: place))
  }

  private func file(at place: String) throws -> OutputFile {
    try OutputFile(path: place, replacing: true, isPrivate: true)
  }

  /// What an upload has.
  ///
  /// - Throws: `unknown_upload`.
  package func upload(_ name: String) throws -> UploadSummary {
    var summary = UploadSummary(upload: name, files: 0, bytes: 0)
    Self.walk(try folder(ofUpload: name)) { path, status in
      guard status.st_mode & S_IFMT == S_IFREG else { return }
      summary.files += 1
      summary.bytes += Int(status.st_size)
    }
    return summary
  }

  /// Removes an upload.
  ///
  /// - Throws: `unknown_upload`.
  package func removeUpload(_ name: String) throws -> UploadSummary {
    let summary = try upload(name)
    Self.remove(try folder(ofUpload: name))
    return summary
  }

  /// Removes uploads that nobody imported in time.
  ///
  /// - Returns: The files and bytes that they had.
  @discardableResult
  package func removeOldUploads(isTrial: Bool = false) -> (files: Int, bytes: Int) {
    var removed = (files: 0, bytes: 0)
    for name in (try? FileSystemEntries.names(in: uploadsFolder)) ?? [] {
      var status = stat()
      guard let summary = try? upload(name), stat("\(uploadsFolder)/\(name)", &status) == 0,
        status.st_mtim.tv_sec < time(nil) - Self.uploadLifetime
      else { continue }
      removed.files += summary.files
      removed.bytes += summary.bytes
      if !isTrial { Self.remove("\(uploadsFolder)/\(name)") }
    }
    return removed
  }

  /// The path of a file of an upload.
  ///
  /// - Throws: `unknown_upload`, `malformed_path`.
  package func path(of file: String, inUpload upload: String) throws -> String {
    try folder(ofUpload: upload) + "/" + Self.names(in: file).joined(separator: "/")
  }

  /// The folder of an upload.
  ///
  /// - Throws: `unknown_upload`.
  package func folder(ofUpload name: String) throws -> String {
    let folder = "\(uploadsFolder)/\(name)"
    guard name.utf8.count == 32, name.utf8.allSatisfy({ Hexadecimal.value(ofDigit: $0) != nil }),
      FileSystemEntries.isFolder(folder)
    else {
      throw RegistryError(
        .unknownUpload, "There is no upload of this name.",
        place: .subject(String(name.prefix(64))),
        remedy: "Begin one with POST /api/v1/uploads; uploads are kept for a day.")
    }
    return folder
  }

  private var uploadsFolder: String { "\(folder)/uploads" }

  /// The names in a path below an upload's folder.
  private static func names(in path: String) throws -> [String] {
    let names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isSafe = names.allSatisfy { name in
      (1...255).contains(name.utf8.count) && name != "." && name != ".."
        && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
    guard isSafe, names.count <= maximumDepth else {
      throw malformed(path, "A file of an upload cannot have this name.")
    }
    return names
  }

  private static func malformed(_ path: String, _ message: String) -> RegistryError {
    RegistryError(
      .malformedPath, message, place: .subject(String(path.prefix(300))),
      remedy:
        "Use up to \(maximumDepth) names with / between them, none of them '.', '..' or empty.")
  }

  private static func walk(_ folder: String, _ body: (String, stat) -> Void) {
    for name in (try? FileSystemEntries.names(in: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR { walk(path, body) }
      body(path, status)
    }
  }

  /// Removes a folder with all that is in it; what cannot be removed is left to another time.
  private static func remove(_ folder: String) {
    walk(folder) { path, _ in _ = Glibc.remove(path) }
    rmdir(folder)
  }
}

/// A file that is being uploaded.
package final class UploadedFile {
  private let upload: String
  private let name: String
  private let file: OutputFile
  private var hasher = DigestHasher()
  private var byteCount = 0

  fileprivate init(upload: String, name: String, _ file: OutputFile) {
    self.upload = upload
    self.name = name
    self.file = file
  }

  /// Writes the next bytes.
  ///
  /// - Throws: What the disk reports.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    hasher.update(bytes)
    byteCount += bytes.count
  }

  /// Waits until the bytes are on the disk and gives the file its name.
  ///
  /// - Throws: What the disk reports.
  package func finish() throws -> UploadedFileSummary {
    try file.finish()
    return UploadedFileSummary(
      upload: upload, path: name, bytes: byteCount, digest: hasher.finalize().hexadecimal)
  }
}

extension RegistryError.Code {
  /// There is no upload of that name, or not any more.
  package static let unknownUpload = Self("unknown_upload", .notFound)
  /// A file of an upload cannot have a name.
  package static let malformedPath = Self("malformed_path", .usage)
}
