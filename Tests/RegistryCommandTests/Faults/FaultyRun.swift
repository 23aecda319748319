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

  var testDescription: String { name }

  init(
    _ arguments: String..., name: String? = nil, isMigration: Bool = false,
    isCollection: Bool = false
  ) {
    self.arguments = arguments
    self.name = name ?? arguments[0]
    self.isMigration = isMigration
    self.isCollection = isCollection
  }

  /// Every command that writes; `photos`, `more` and `other.safetensors` lie in its folder.
  static let all = [
    FaultCommand("import-images", "photos", "--dataset", "new"),
    FaultCommand("import-images", "more", "--dataset", "shapes", name: "import-images, again"),
    FaultCommand(
      "import-model", "other.safetensors", "--name", "other", "--architecture", "convnet"),
    FaultCommand("derive", "--from", "base", "--head", "shapes", "--new-version"),
    FaultCommand(
      "derive", "--from", "base", "--head", "shapes", "--new-version", "--train",
      name: "derive --train"),
    FaultCommand("train", "shapes", "--epochs", "20"),
    FaultCommand("evaluate", "shapes", "--split", "train"),
    FaultCommand("alias", "shapes@1", "production"),
    FaultCommand("tag", "shapes", "team=vision", "--note", "Checked"),
    FaultCommand("edit-dataset", "shapes", "--add", "photos/dog/dog-001.png", "--label", "disc"),
    FaultCommand("gc", isCollection: true),
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

  private static let preparedFolder = FileManager.default.temporaryDirectory
    .appending(path: "registry-faults-\(ProcessInfo.processInfo.processIdentifier)")

  /// What all start from, made once: the stored registry of the first schema, and one that was
  /// brought up to date.
  private static let prepared: Result<URL, any Error> = Result {
    let folder = preparedFolder
    try? FileManager.default.removeItem(at: folder)
    atexit { try? FileManager.default.removeItem(at: FaultyRegistry.preparedFolder) }
    let (old, new) = (folder.appending(path: "old"), folder.appending(path: "new"))
    for place in [old, new] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try StoredRegistry.unpack("0001", into: place)
    }
    // Exporting gives a model file whose tensors the registry then has: one bias is changed.
    let registry = RegistryProcess(folder: new)
    try registry.succeed("export", "base", "--output", "other.safetensors")
    try changeLastByte(of: new.appending(path: "other.safetensors"))
    // A model that a collection frees the bytes of.
    try registry.succeed(
      "derive", "--from", "base", "--head", "shapes", "--name", "unwanted", "--hidden", "64")
    try registry.succeed("delete", "unwanted")
    for (place, first) in [("photos", 0), ("more", 10)] {
      for label in ["dog", "wolf"] {
        let source = Story.photos.appending(path: "wolfdog/\(label)")
        let target = new.appending(path: "\(place)/\(label)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        for name in names[first..<first + 10] {
          try FileManager.default.copyItem(
            at: source.appending(path: name), to: target.appending(path: name))
        }
      }
    }
    for name in ["photos", "more", "other.safetensors"] {
      try FileManager.default.copyItem(
        at: new.appending(path: name), to: old.appending(path: name))
    }
    return folder
  }

  private static func changeLastByte(of file: URL) throws {
    var data = try Data(contentsOf: file)
    data[data.count - 1] ^= 1
    try data.write(to: file)
  }

  /// Runs `body` with a copy of its own.
  static func with<Value>(
    _ command: FaultCommand, _ body: (FaultyRegistry) throws -> Value
  ) throws -> Value {
    let source = try prepared.get().appending(path: command.isMigration ? "old" : "new")
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
    faulty.environment = try environment(fault, at: moment)
    let result = try faulty.run(command.arguments + ["--json"])
    let calls = try Data(contentsOf: counter).reversed().reduce(0) { $0 << 8 | Int($1) }
    return (result, calls)
  }

  private var counter: URL { registry.folder.appending(path: "counter") }

  /// The variables that let a fault happen at the call of a number.
  private func environment(_ fault: Fault?, at moment: Int?) throws -> [String: String] {
    try Data(count: 8).write(to: counter)
    var environment = [
      "LD_PRELOAD": try #require(Interposition.faults).path, "FAULTS_COUNTER": counter.path,
      "FAULTS_BELOW": registry.folder.resolvingSymlinksInPath().appending(path: ".registry").path,
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
        .merging(try environment(fault, at: moment)) { $1 })
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
  func expectSoundAndRepeatable(
    _ command: FaultCommand, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for arguments in [["verify"], command.arguments, ["verify"]] {
      let result = try registry.run(arguments + ["--json"])
      #expect(
        result.exitCode == 0,
        "\(comment), then \(arguments): \(result.standardOutput)\(result.standardError)",
        sourceLocation: sourceLocation)
    }
  }
}
