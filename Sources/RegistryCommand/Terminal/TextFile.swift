internal import Diagnostics
private import Glibc

/// Files that the command writes for a user.
enum TextFile {
  /// Writes a file as a whole or not at all; pipes and devices are written to as they are.
  ///
  /// - Returns: Whether a file of that name was replaced.
  static func write(_ text: String, to path: String) throws -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      try replace(path, with: text, named: path)
      return false
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // A terminal, a pipe or a device must be written to, never replaced.
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw RegistryError.unwritable(path, errno) }
      defer { close(descriptor) }
      try Terminal.write(text, to: descriptor, named: path)
      return false
    }
    // What a link leads to is replaced, not the link.
    guard let target = realpath(path, nil) else { throw RegistryError.unwritable(path, errno) }
    defer { free(target) }
    try replace(String(cString: target), with: text, named: path)
    return true
  }

  private static func replace(_ target: String, with text: String, named path: String) throws {
    var template = Array("\(target).XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard descriptor >= 0 else { throw RegistryError.unwritable(path, errno) }
    do {
      defer { close(descriptor) }
      // mkstemp gives the file to its owner alone; others get what the user's mask allows.
      let mask = umask(0)
      umask(mask)
      fchmod(descriptor, 0o666 & ~mask)
      do {
        try Terminal.write(text, to: descriptor, named: path)
      } catch {
        unlink(temporary)
        throw error
      }
      guard fsync(descriptor) == 0 else {
        let number = errno
        unlink(temporary)
        throw RegistryError.unwritable(path, number)
      }
    }
    guard rename(temporary, target) == 0 else {
      let number = errno
      unlink(temporary)
      throw RegistryError.unwritable(path, number)
    }
  }
}
