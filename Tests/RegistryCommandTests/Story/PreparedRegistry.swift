import Foundation
import TestSupport
import Testing

/// What the stories need and how they begin.
enum Story {
  /// The pretrained network, which `scripts/fetch-pretrained.sh` fetches.
  static let pretrained = Places.repository.appending(
    path: ".cache/efficientnet-lite0-57934424.pth")

  /// Whether the pretrained network is here.
  static var hasPretrained: Bool { FileManager.default.fileExists(atPath: pretrained.path) }

  /// The drawn pictures.
  static let photos = Places.fixtures.appending(path: "photos")

  static let needsPretrained: Comment =
    "The pretrained network is absent; scripts/fetch-pretrained.sh fetches it."
  static let needsPhotographs: Comment = "The photographs are absent from ../shared/data."

  private static let preparedFolder = FileManager.default.temporaryDirectory
    .appending(path: "registry-prepared-\(ProcessInfo.processInfo.processIdentifier)")

  /// A registry with the drawn datasets, the pretrained network and a wolfdog child: made once,
  /// copied for each test.
  private static let prepared: Result<URL, any Error> = Result {
    let folder = preparedFolder
    try? FileManager.default.removeItem(at: folder)
    atexit { try? FileManager.default.removeItem(at: Story.preparedFolder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let registry = RegistryProcess(folder: folder)
    try registry.succeed("init")
    for dataset in ["wolfdog", "coyote"] {
      try registry.succeed(
        "import-images", photos.appending(path: dataset).path, "--dataset", dataset)
    }
    try registry.succeed("import-model", pretrained.path, "--name", "efficientnet-lite0")
    try registry.succeed(
      "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
    return folder
  }

  /// Runs `body` in a folder with a prepared registry of its own.
  ///
  /// Afterwards the registry must be sound, unless the test damaged it on purpose.
  static func withPreparedRegistry(
    isSoundAfterwards: Bool = true, _ body: (RegistryProcess) throws -> Void
  ) throws {
    let source = try prepared.get()
    try withTemporaryFolder { folder in
      let home = folder.appending(path: ".registry")
      try FileManager.default.copyItem(at: source.appending(path: ".registry"), to: home)
      let registry = RegistryProcess(folder: folder)
      try body(registry)
      if isSoundAfterwards { try registry.succeed("verify") }
    }
  }
}

extension RegistryProcess {
  /// Runs a command that must succeed, with `--json`.
  @discardableResult
  func succeed(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    let result = try run(arguments + ["--json"])
    #expect(
      result.exitCode == 0, "\(arguments): \(result.standardOutput)\(result.standardError)",
      sourceLocation: sourceLocation)
    #expect(result.standardError == "", "a pipe hears no progress", sourceLocation: sourceLocation)
    return try result.json()
  }

  /// Runs a command that must fail, with `--json`, and checks that it changed nothing.
  @discardableResult
  func fail(
    _ arguments: [String], _ code: String, exitCode: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    let before = try contents()
    let result = try run(arguments + ["--json"])
    #expect(
      result.exitCode == exitCode, "\(arguments): \(result.standardOutput)",
      sourceLocation: sourceLocation)
    let error = try result.error()
    #expect(error["code"] as? String == code, "\(error)", sourceLocation: sourceLocation)
    #expect(
      (error["message"] as? String)?.hasSuffix(".") == true, "\(error)",
      sourceLocation: sourceLocation)
    #expect(
      (error["remedy"] as? String)?.isEmpty == false, "\(error)", sourceLocation: sourceLocation)
    #expect(try contents() == before, "nothing changed", sourceLocation: sourceLocation)
    return error
  }

  /// The objects of the registry, as `ab/cdef…`, in order; not what a killed process was writing.
  var objectNames: [String] {
    let folder = self.folder.appending(path: ".registry/objects")
    return FileManager.default.enumerator(atPath: folder.path)?
      .compactMap { $0 as? String }.filter { $0.contains("/") && !$0.hasPrefix("tmp-") }
      .sorted() ?? []
  }

  /// What the registry holds: its objects, and what it answers about itself.
  func contents() throws -> [String] {
    let answers = try ["models", "datasets", "runs"].map {
      try run([$0, "--json"]).standardOutput
    }
    return objectNames + answers
  }
}

extension [String: Any] {
  subscript(object key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
  subscript(list key: String) -> [[String: Any]] { self[key] as? [[String: Any]] ?? [] }
  subscript(text key: String) -> String? { self[key] as? String }
  subscript(number key: String) -> Double? { (self[key] as? NSNumber)?.doubleValue }
  subscript(count key: String) -> Int? { (self[key] as? NSNumber)?.intValue }
}

extension RegistryProcess {
  /// Starts the binary, with variables of the environment of its own or with the test's, and does not
  /// wait for it; its output goes nowhere.
  func start(_ arguments: [String], environment: [String: String]? = nil) throws -> Process {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    if let environment { process.environment = environment }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs a line of Python in the folder.
  func python(_ code: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", code]
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
