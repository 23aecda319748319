import Foundation
import TestSupport
import Testing

/// A registry with datasets, a small network trained from nothing and a child of it: made once, and
/// served for each test that asks.
enum PreparedService {
  private static let prepared: Result<URL, any Error> = Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "registry-served-\(ProcessInfo.processInfo.processIdentifier)")
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { if let folder = try? PreparedService.prepared.get() { removeFolder(folder) } }
    try RunningService.command(["init"], in: folder)
    for dataset in ["wolfdog", "coyote"] {
      try RunningService.command(
        [
          "import-images", Places.fixtures.appending(path: "photos/\(dataset)").path, "--dataset",
          dataset,
        ], in: folder)
    }
    for arguments in [
      [
        "train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog",
        "--epochs",
        "1", "--threads", "1",
      ],
      ["derive", "--from", "scratch", "--head", "coyote", "--train", "--epochs", "2"],
      ["train", "coyote", "--epochs", "2"],
      ["evaluate", "coyote"],
      ["alias", "coyote@2", "production"],
      ["tag", "coyote", "team=vision", "--note", "<script>alert(1)</script>"],
      ["recall", "scratch@1", "--reason", "too few epochs"],
      ["delete", "coyote@1", "--force"],
    ] {
      try RunningService.command(arguments, in: folder)
    }
    return folder
  }

  private static func removeFolder(_ folder: URL) {
    try? FileManager.default.removeItem(at: folder)
  }

  /// Serves a copy of the registry for the length of `body`.
  static func with<Result>(
    _ options: String..., body: (RunningService) async throws -> Result
  ) async throws -> Result {
    let source = try prepared.get()
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "registry-service-\(UUID())")
    try FileManager.default.copyItem(at: source, to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let service = try RunningService(in: folder, options)
    defer { service.stop() }
    return try await body(service)
  }
}
