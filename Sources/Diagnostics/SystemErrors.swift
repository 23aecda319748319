private import Glibc

extension RegistryError.Code {
  /// A file cannot be opened or read by this user.
  public static let notReadable = Self("not_readable", .inputOutput)
  /// A file cannot be made or written by this user.
  public static let notWritable = Self("not_writable", .cannotCreate)
  /// A file that was named does not exist.
  public static let noSuchFile = Self("no_such_file", .notFound)
  /// The disk is full, or the user's share of it.
  public static let noSpaceLeft = Self("no_space_left", .inputOutput)
  /// The user or the system stopped the work.
  public static let interrupted = Self("interrupted", .interrupted)
  /// The system failed to write.
  public static let writeFailed = Self("write_failed", .inputOutput)
}

extension RegistryError {
  /// The error for a file that could not be opened or read, from the system's error number.
  public static func unreadable(_ path: String, _ number: Int32) -> RegistryError {
    if number == ENOENT || number == ENOTDIR {
      return RegistryError(
        .noSuchFile, "There is no file \(path).", place: .file(path),
        remedy: "Check the spelling; relative paths start at the current folder.")
    }
    return RegistryError(
      .notReadable, "\(path) cannot be read: \(String(cString: strerror(number))).",
      place: .file(path), remedy: "Check the permissions of the file and of its folders.")
  }

  /// The error for a file that could not be made or written, from the system's error number.
  public static func unwritable(_ path: String, _ number: Int32) -> RegistryError {
    switch number {
    case ENOSPC, EDQUOT:
      RegistryError(
        .noSpaceLeft, "There is no space left to write \(path).", place: .file(path),
        remedy: "Free some space and try again; nothing was changed. `registry gc` frees what a "
          + "registry does not need any more.")
    case EACCES, EPERM, EROFS, ENOENT, ENOTDIR:
      RegistryError(
        .notWritable, "\(path) cannot be written: \(String(cString: strerror(number))).",
        place: .file(path), remedy: "Choose a folder that you may write to.")
    default:
      RegistryError(
        .writeFailed, "Writing \(path) failed: \(String(cString: strerror(number))).",
        place: .file(path), remedy: "Check the disk, then try again; nothing was changed.")
    }
  }
}
