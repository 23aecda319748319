import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// A command at work while the system fails it.
struct FaultCommand: CustomTestStringConvertible, Sendable {
  let name: String
  /// What is run; it can be repeated after it was done.
  let arguments: [String]
  /// Whether the registry has the first version of the schema, and the command brings it up to date.
  var isMigration = false
  /// Whether it removes packs that nothing needs.
  var isCollection = false
  /// The file or folder that it writes beside the registry.
  var output: String?
  /// The code of the error that it ends with when it is repeated after it was done.
  var doneCode: String?

  var testDescription: String { name }

  init(
    _ arguments: String..., name: String? = nil, isMigration: Bool = false,
    isCollection: Bool = false, output: String? = nil, doneCode: String? = nil
  ) {
    self.name = name ?? arguments[0]
    self.arguments = arguments + (output.map { ["--output", $0] } ?? [])
    self.isMigration = isMigration
    self.isCollection = isCollection
    self.output = output
    self.doneCode = doneCode
  }

  /// Every command that writes records or objects, or what a user takes elsewhere.
  ///
  /// `PreparedFaults` has the files that they read. `compare` trains as `train` does.
  static let all = [
    FaultCommand("import-images", "photos", "--dataset", "new"),
    FaultCommand("import-images", "more", "--dataset", "shapes", name: "import-images, again"),
    FaultCommand(
      "import-model", "other.safetensors", "--name", "other", "--architecture", "convnet"),
    FaultCommand("import-archive", "strangers.tar"),
    FaultCommand("derive", "--from", "base", "--head", "shapes", "--new-version"),
    FaultCommand(
      "derive", "--from", "base", "--head", "shapes", "--new-version", "--train",
      name: "derive --train"),
    FaultCommand("train", "shapes", "--epochs", "20"),
    FaultCommand("evaluate", "shapes", "--split", "train"),
    FaultCommand("alias", "shapes@1", "production"),
    FaultCommand("tag", "shapes", "team=vision", "--note", "Checked"),
    FaultCommand("edit-dataset", "shapes", "--add", "photos/dog/dog-001.png", "--label", "disc"),
    FaultCommand("log", "--new", "shapes", "--file", "points.jsonl", "--end"),
    FaultCommand("sign", "shapes", "--key", "key.pem"),
    FaultCommand("recall", "spare", "--reason", "Wrong labels", doneCode: "already_recalled"),
    FaultCommand("delete", "spare", doneCode: "deleted"),
    FaultCommand("restore", "unwanted", doneCode: "not_deleted"),
    FaultCommand("gc", isCollection: true),
    FaultCommand("export", "shapes", output: "shapes.safetensors"),
    FaultCommand(
      "export", "shapes", "--format", "archive", name: "export --format archive",
      output: "shapes.tar"),
    FaultCommand("export-images", "shapes", output: "images"),
    FaultCommand("models", name: "migration", isMigration: true),
  ]
}

/// What the system does to a command.
enum Fault: CaseIterable {
  case killBefore, killWithin, killAfter, shortWrite, fullDisk, failure, failures, stop, stopRenamed

  static let kills = [killBefore, killWithin, killAfter]
  static let failingWrites = [fullDisk, failure, failures]

  /// The name in `Tests/Interposition/faults.c`.
  var name: String {
    switch self {
    case .killBefore: "kill-before"
    case .killWithin: "kill-within"
    case .killAfter: "kill-after"
    case .shortWrite: "short"
    case .fullDisk: "ENOSPC"
    case .failure: "EIO"
    case .failures: "EIO-on"
    case .stop: "stop"
    case .stopRenamed: "stop-renamed"
    }
  }
}

/// A registry in a folder of its own, and what a command finds there.
struct FaultyRegistry {
  let registry: RegistryProcess

  /// Runs `body` with a copy of its own.
  static func with<Value>(
    _ command: FaultCommand, _ body: (FaultyRegistry) throws -> Value
  ) throws -> Value {
    let source = try PreparedFaults.folder.get().appending(
      path: command.isMigration ? "old" : "new")
    return try withTemporaryFolder { folder in
      let place = folder.appending(path: "at")
      try FileManager.default.copyItem(at: source, to: place)
      return try body(FaultyRegistry(registry: RegistryProcess(folder: place)))
    }
  }

  /// Runs the command to its end and counts the calls that change the registry's files.
  func count(_ command: FaultCommand) throws -> Int {
    let (result, count) = try run(command, nil, at: nil)
    try #require(result.exitCode == 0, "\(result.standardOutput)")
    try #require(count > 0)
    return count
  }

  /// Runs the command; at the call of that number the fault happens.
  func run(
    _ command: FaultCommand, _ fault: Fault?, at moment: Int?
  ) throws -> (result: RegistryProcess.Result, calls: Int) {
    var faulty = registry
    faulty.environment = try environment(command, fault, at: moment)
    let result = try faulty.run(command.arguments + ["--json"])
    let calls = try Data(contentsOf: counter).reversed().reduce(0) { $0 << 8 | Int($1) }
    return (result, calls)
  }

  private var counter: URL { registry.folder.appending(path: "counter") }

  /// The variables that let a fault happen at the call of a number.
  private func environment(
    _ command: FaultCommand, _ fault: Fault?, at moment: Int?
  ) throws -> [String: String] {
    let folder = registry.folder.resolvingSymlinksInPath()
    try Data(count: 8).write(to: counter)
    var environment = [
      "LD_PRELOAD": try #require(Interposition.faults).path, "FAULTS_COUNTER": counter.path,
      // Commands that write beside the registry are watched there, too.
      "FAULTS_BELOW": (command.output == nil ? folder.appending(path: ".registry") : folder).path,
      "OMP_WAIT_POLICY": "passive",
    ]
    if let fault, let moment {
      environment["FAULTS_KIND"] = fault.name
      environment["FAULTS_AT"] = String(moment)
    }
    return environment
  }

  /// Runs a command that stops at a call, another one meanwhile, and then the first to its end.
  ///
  /// When the other one waits for the first, the first goes on.
  ///
  /// - Returns: The exit code of the first, and what the other one answered.
  func run(
    _ command: FaultCommand, stoppedBy fault: Fault, at moment: Int, meanwhile other: [String]
  ) throws -> (exitCode: Int32, other: RegistryProcess.Result) {
    let own = ProcessInfo.processInfo.environment
    let stopped = try registry.start(
      command.arguments,
      environment: ["PATH": own["PATH"] ?? "", "HOME": own["HOME"] ?? ""]
        .merging(try environment(command, fault, at: moment)) { $1 })
    while stopped.isRunning, !Self.isStopped(stopped.processIdentifier) { usleep(1000) }
    let answer = Mutex<Result<RegistryProcess.Result, any Error>?>(nil)
    let finished = DispatchGroup()
    finished.enter()
    let registry = registry
    let thread = Thread {
      let result = Result { try registry.run(other + ["--json"]) }
      answer.withLock { $0 = result }
      finished.leave()
    }
    thread.start()
    _ = finished.wait(timeout: .now() + 1)
    kill(stopped.processIdentifier, SIGCONT)
    stopped.waitUntilExit()
    finished.wait()
    return (stopped.terminationStatus, try #require(answer.withLock { $0 }).get())
  }

  private static func isStopped(_ process: Int32) -> Bool {
    // The state stands behind the name, which is in parentheses.
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return status?.split(separator: ")").last?.hasPrefix(" T") == true
  }

  /// Kills the command after some time, by the clock.
  func run(_ command: FaultCommand, killedAfter seconds: Double) throws {
    let process = try registry.start(command.arguments)
    usleep(UInt32(seconds * 1e6))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The rows of the catalogue by table.
  func rows() throws -> [String: Set<String>] {
    let queue = try DatabaseQueue(
      path: registry.folder.appending(path: ".registry/registry.sqlite").path)
    return try queue.read { database in
      let tables = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
      return try Dictionary(
        uniqueKeysWithValues: tables.map { table in
          let rows = try Row.fetchAll(database, sql: "SELECT * FROM \"\(table)\"")
          return (table, Set(rows.map(\.description)))
        })
    }
  }

  /// What must stay whatever happens: versions, items, tensors, and what they are made of.
  ///
  /// Rows of the other tables may change, such as the state of a run or where an alias points.
  static let permanentTables = [
    "datasets", "dataset_versions", "images", "labels", "models", "model_versions",
    "model_version_groups", "model_version_datasets", "tensors", "tensor_locations", "packs",
    "tensor_groups", "tensor_group_members", "documents", "alias_changes", "metric_points",
    "run_parameters",
  ]

  /// Checks that everything that was there is there still; a migration may have added columns.
  func expectNothingLost(
    since before: [String: Set<String>], by command: FaultCommand, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let after = try rows()
    let collected: Set = command.isCollection ? ["packs", "tensor_locations"] : []
    for table in Self.permanentTables where !collected.contains(table) {
      let rows = after[table] ?? []
      let lost = (before[table] ?? []).subtracting(rows).filter { row in
        !rows.contains { $0.hasPrefix(row.dropLast() + " ") }
      }
      #expect(lost == [], "\(comment): \(table)", sourceLocation: sourceLocation)
    }
  }

  /// Checks that no version was added, whatever else is noted.
  func expectNoNewVersion(
    since before: [String: Set<String>], _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let after = try rows()
    for table in ["models", "model_versions", "datasets", "dataset_versions", "aliases"] {
      #expect(
        after[table] == before[table], "\(comment): \(table)", sourceLocation: sourceLocation)
    }
  }

  /// Checks that the registry is sound, that the command succeeds when it is repeated, and that the
  /// registry is sound then.
  ///
  /// What the command writes beside the registry is there as a whole or not at all.
  func expectSoundAndRepeatable(
    _ command: FaultCommand, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = command.output.map { registry.folder.appending(path: $0) }
    let written = try output.flatMap(contents)
    if let output, written != nil { try FileManager.default.removeItem(at: output) }
    for arguments in [["verify"], command.arguments, ["verify"]] {
      let result = try registry.run(arguments + ["--json"])
      if result.exitCode != 0, arguments == command.arguments, let code = command.doneCode {
        #expect(try result.error()[text: "code"] == code, comment, sourceLocation: sourceLocation)
        continue
      }
      #expect(
        result.exitCode == 0,
        "\(comment), then \(arguments): \(result.standardOutput)\(result.standardError)",
        sourceLocation: sourceLocation)
    }
    if let output, let written {
      #expect(
        try contents(of: output) == written, "\(comment): \(output.path) is not whole",
        sourceLocation: sourceLocation)
    }
  }

  /// The bytes of a file, or of all files below a folder by their paths; `nil` if there is nothing.
  private func contents(of place: URL) throws -> [String: Data]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
      return nil
    }
    guard isFolder.boolValue else { return ["": try Data(contentsOf: place)] }
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: place.path) {
      files[path] = try? Data(contentsOf: place.appending(path: path))
    }
    return files
  }
}
