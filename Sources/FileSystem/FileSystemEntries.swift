package import Diagnostics
private import Glibc

/// What the system tells about a file without opening it: if none of it changed, neither did the
/// bytes.
package struct FileIdentity: Hashable, Sendable {
  /// The length in bytes.
  package let byteCount: Int
  /// The last change of the contents, in nanoseconds since 1970.
  package let modifiedNanoseconds: Int
  /// The number of the file on its device.
  package let inode: Int
  /// The device.
  package let device: Int

  /// An identity that was noted before.
  package init(byteCount: Int, modifiedNanoseconds: Int, inode: Int, device: Int) {
    self.byteCount = byteCount
    self.modifiedNanoseconds = modifiedNanoseconds
    self.inode = inode
    self.device = device
  }

  /// The identity of the file behind a path; symbolic links are followed.
  ///
  /// - Throws: `no_such_file`, `not_readable`, or `not_a_file` for folders, devices and pipes.
  package init(path: String) throws(RegistryError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .unreadable(path, errno) }
    try self.init(status, path)
  }

  fileprivate init(_ status: stat, _ path: String) throws(RegistryError) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RegistryError(
        .notAFile, "\(path) is not a regular file.", place: .file(path),
        remedy: "Name a file instead of a folder, a device or a pipe.")
    }
    byteCount = Int(status.st_size)
    modifiedNanoseconds = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    inode = Int(status.st_ino)
    device = Int(status.st_dev)
  }
}

/// A regular file that is open for reading, and closed at the end of its life.
package struct OpenedFile: ~Copyable {
  /// The system's number for the open file.
  package let descriptor: Int32
  /// What the file was when it was opened.
  package let identity: FileIdentity

  /// Opens a file.
  ///
  /// A pipe without a writer is refused at once instead of waited for.
  ///
  /// - Throws: `no_such_file`, `not_readable`, or `not_a_file` for folders, devices and pipes.
  package init(path: String) throws(RegistryError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, errno) }
    do throws(RegistryError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, errno) }
      identity = try FileIdentity(status, path)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}

/// Reading whole files and folders.
package enum FileSystemEntries {
  /// The bytes of a file.
  ///
  /// - Throws: `file_too_large` before any memory is taken when there are more than `limit`.
  package static func bytes(of path: String, limit: Int) throws(RegistryError) -> [UInt8] {
    let file = try OpenedFile(path: path)
    let byteCount = file.identity.byteCount
    guard byteCount <= limit else {
      throw RegistryError(
        .fileTooLarge, "\(path) has \(byteCount) bytes; at most \(limit) are read.",
        place: .file(path), remedy: "Leave it out, or make it smaller.")
    }
    let descriptor = file.descriptor
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      while count < buffer.count {
        let length = read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if length < 0, errno == EINTR { continue }
        if length < 0 { failure = errno }
        if length <= 0 { break }
        count += length
      }
    }
    guard failure == 0 else { throw .unreadable(path, failure) }
    return bytes
  }

  /// Writes all bytes to an open file, from where it stands.
  ///
  /// - Throws: what the system reports, with the path.
  package static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(RegistryError) {
    var offset = 0
    while offset < bytes.count {
      let length = Glibc.write(
        descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
      if length >= 0 {
        offset += length
      } else if errno != EINTR {
        throw .unwritable(path, errno)
      }
    }
  }

  /// The names in a folder, in the order of their bytes, without `.` and `..`.
  ///
  /// Names that are not UTF-8, which no text can hold, are left out.
  package static func names(in folder: String) throws(RegistryError) -> [String] {
    try FolderListing(of: folder).names
  }

  /// Whether the path leads to something.
  package static func isPresent(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether the path leads to a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The path from the root with links and dots resolved; the path itself if it leads nowhere.
  package static func resolved(_ path: String) -> String {
    guard let pointer = realpath(path, nil) else { return path }
    defer { free(pointer) }
    return String(cString: pointer)
  }
}

/// The names in a folder.
package struct FolderListing: Sendable {
  /// Those that are UTF-8, in the order of their bytes, without `.` and `..`.
  package private(set) var names: [String] = []
  /// The others, with question marks in place of what no text can hold, in no order.
  package private(set) var undecodableNames: [String] = []

  /// Reads a folder.
  package init(of folder: String) throws(RegistryError) {
    guard let stream = opendir(folder) else { throw .unreadable(folder, errno) }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          if let text = String(validatingCString: name) {
            if text != "." && text != ".." { names.append(text) }
          } else {
            undecodableNames.append(String(cString: name))
          }
        }
      }
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension RegistryError.Code {
  /// A path leads to a folder, a device or a pipe where a file is needed.
  package static let notAFile = Self("not_a_file", .badInput)
  /// A file is longer than the bound for its kind.
  package static let fileTooLarge = Self("file_too_large", .badInput)
}
