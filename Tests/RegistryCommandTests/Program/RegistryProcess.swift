import Foundation
import TestSupport
import Testing

/// The built `registry` binary, run as a user runs it.
struct RegistryProcess {
  /// The folder in which commands run.
  let folder: URL
  /// Variables of the environment beside `PATH` and `HOME`; nothing else is handed on.
  var environment: [String: String] = [:]

  /// What a finished process left behind.
  struct Result {
    /// The exit code; 128 and the signal's number when a signal ended it.
    let exitCode: Int32
    let standardOutput: String
    let standardError: String

    /// The standard output as a JSON object.
    func json() throws -> [String: Any] {
      try #require(
        JSONSerialization.jsonObject(with: Data(standardOutput.utf8)) as? [String: Any])
    }

    /// The `error` object of a failure under `--json`.
    func error() throws -> [String: Any] { try #require(json()["error"] as? [String: Any]) }
  }

  /// The binary.
  static let executable = BuiltProgram.registry

  /// Runs the binary to its end.
  func callAsFunction(_ arguments: String..., input: String = "") throws -> Result {
    try run(arguments, input: input)
  }

  /// Runs the binary to its end.
  ///
  /// Output goes through files, so that no pipe fills up. A statement that reads a whole table is
  /// an issue of the test, unless `AllowedScans` has a reason for it.
  func run(
    _ arguments: [String], input: String = "", program: URL? = executable
  ) throws -> Result {
    try withTemporaryFolder { try run(program, arguments, input: input, files: $0) }
  }

  private func run(
    _ program: URL?, _ arguments: [String], input: String, files: URL
  ) throws -> Result {
    let (inputFile, outputFile, errorFile) = (
      files.appending(path: "in"), files.appending(path: "out"), files.appending(path: "error")
    )
    try Data(input.utf8).write(to: inputFile)
    try Data().write(to: outputFile)
    try Data().write(to: errorFile)

    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let own = ProcessInfo.processInfo.environment
    var variables = ["PATH": own["PATH"] ?? "", "HOME": own["HOME"] ?? ""]
      .merging(environment) { $1 }
    let statements = files.appending(path: "statements")
    if variables["LD_PRELOAD"] == nil, let library = Interposition.statements {
      variables["LD_PRELOAD"] = library.path
      variables["STATEMENTS"] = statements.path
    }
    process.environment = variables
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    try StatementPlans(file: statements).check(arguments)
    let isSignalled = process.terminationReason == .uncaughtSignal
    return Result(
      exitCode: (isSignalled ? 128 : 0) + process.terminationStatus,
      standardOutput: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      standardError: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }
}

/// A process in a temporary folder that is removed afterwards.
func withRegistryProcess<Result>(_ body: (RegistryProcess) throws -> Result) throws -> Result {
  try withTemporaryFolder { try body(RegistryProcess(folder: $0)) }
}
