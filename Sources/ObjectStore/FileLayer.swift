private import CLinux
package import Diagnostics
private import FileSystem
private import Glibc

/// The system calls that change the store, so that tests can make any of them fail.
package protocol FileLayer: Sendable {
  /// Makes a folder; it is fine if it is there.
  func makeFolder(_ path: String) throws(RegistryError)
  /// Makes a file that must not exist and opens it for writing.
  func create(_ path: String) throws(RegistryError) -> Int32
  /// Writes all bytes at the end of an open file.
  func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(RegistryError)
  /// Waits until the bytes of a file, or the names in a folder, are on the disk.
  func synchronize(_ path: String) throws(RegistryError)
  /// Waits until everything that was written to the file system of a folder is on the disk.
  func synchronizeFileSystem(of folder: String) throws(RegistryError)
  /// Closes an open file, whatever comes of it.
  func close(_ descriptor: Int32)
  /// Gives a file its final name.
  func rename(_ path: String, to newPath: String) throws(RegistryError)
  /// Removes a file; it is fine if it is gone.
  func remove(_ path: String) throws(RegistryError)
  /// Removes an empty folder; it is fine if it is gone.
  func removeFolder(_ path: String) throws(RegistryError)
}

/// The calls as the system offers them.
package struct SystemFileLayer: FileLayer {
  package init() {}

  package func makeFolder(_ path: String) throws(RegistryError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .unwritable(path, errno) }
  }

  package func create(_ path: String) throws(RegistryError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
    guard descriptor >= 0 else { throw .unwritable(path, errno) }
    return descriptor
  }

  package func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(RegistryError) {
    try FileSystemEntries.write(bytes, to: descriptor, path)
  }

  package func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  package func rename(_ path: String, to newPath: String) throws(RegistryError) {
    guard Glibc.rename(path, newPath) == 0 else { throw .unwritable(newPath, errno) }
  }

  package func synchronize(_ path: String) throws(RegistryError) {
    try withOpened(path) { fsync($0) }
  }

  package func synchronizeFileSystem(of folder: String) throws(RegistryError) {
    try withOpened(folder) { clinux_syncfs($0) }
  }

  private func withOpened(_ path: String, _ call: (Int32) -> Int32) throws(RegistryError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unwritable(path, errno) }
    defer { close(descriptor) }
    guard call(descriptor) == 0 else { throw .unwritable(path, errno) }
  }

  package func remove(_ path: String) throws(RegistryError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .unwritable(path, errno) }
  }

  package func removeFolder(_ path: String) throws(RegistryError) {
    guard rmdir(path) == 0 || errno == ENOENT else { throw .unwritable(path, errno) }
  }
}
