import Foundation
import TestSupport

/// The C libraries in `Tests/Interposition`, which stand between the built binary and the system.
enum Interposition {
  /// Makes a chosen system call fail; `nil` where there is no C compiler.
  static let faults = compiled("faults")
  /// Writes down how SQLite finds the rows of each statement; `nil` where there is no C compiler.
  static let statements = compiled("statements")
  /// Counts large allocations; `nil` where there is no C compiler.
  static let allocations = compiled("allocations")

  private static let folder = FileManager.default.temporaryDirectory
    .appending(path: "registry-interposition-\(ProcessInfo.processInfo.processIdentifier)")

  /// Removed with the test process, whichever library came first.
  private static let isFolderMade: Bool = {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: Interposition.folder) }
    return true
  }()

  private static func compiled(_ name: String) -> URL? {
    guard isFolderMade else { return nil }
    let source = Places.repository.appending(path: "Tests/Interposition/\(name).c")
    let library = folder.appending(path: "\(name).so")
    for compiler in ["cc", "clang"] {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        compiler, "-std=gnu11", "-O1", "-shared", "-fPIC", "-o", library.path, source.path, "-ldl",
      ]
      process.standardError = FileHandle.nullDevice
      do { try process.run() } catch { continue }
      process.waitUntilExit()
      if process.terminationStatus == 0 { return library }
    }
    return nil
  }
}
