import Foundation
import Glibc
import TestSupport
import Testing

/// `registry serve` in a temporary registry, on a port that the system chose.
final class RunningService {
  /// The folder that holds the registry.
  let folder: URL
  /// Where it listens, for example `http://127.0.0.1:40123`.
  let url: String
  /// The port in it.
  let port: Int
  private let process: Process

  /// Makes a registry in a new folder, fills it and serves it.
  ///
  /// - Throws: when the service does not begin to listen.
  init(in folder: URL, _ options: [String] = []) throws {
    self.folder = folder
    let process = Process()
    process.executableURL = BuiltProgram.registry
    process.arguments = ["serve", "--port", "0", "--json"] + options
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    let log = folder.appending(path: "service.log")
    try Data().write(to: log)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    self.process = process
    var line = Data()
    while !line.contains(10) {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      line += part
    }
    let document = try JSONSerialization.jsonObject(with: line) as? [String: Any]
    let url = try #require(document?["url"] as? String)
    self.url = url
    port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
  }

  /// What it has written to its log.
  func log() throws -> String {
    try String(contentsOf: folder.appending(path: "service.log"), encoding: .utf8)
  }

  /// Asks it to stop and waits for it.
  ///
  /// - Returns: The exit code.
  @discardableResult
  func stop() -> Int32 {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Ends it at once, as a machine without power does.
  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { stop() }
}

extension RunningService {
  /// Runs a command in a folder; it must succeed.
  @discardableResult
  static func command(_ arguments: [String], in folder: URL) throws -> [String: Any] {
    let (exitCode, output) = try run(arguments, in: folder)
    #expect(exitCode == 0, "\(arguments): \(String(decoding: output, as: UTF8.self))")
    return try #require(JSONSerialization.jsonObject(with: output) as? [String: Any])
  }

  /// Runs a command in a folder that must fail.
  static func failingCommand(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, code: String?) {
    let (exitCode, output) = try run(arguments, in: folder, environment)
    let document = try JSONSerialization.jsonObject(with: output) as? [String: Any]
    return (exitCode, (document?["error"] as? [String: Any])?["code"] as? String)
  }

  private static func run(
    _ arguments: [String], in folder: URL, _ environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, output: Data) {
    let process = Process()
    process.executableURL = BuiltProgram.registry
    process.arguments = arguments + ["--json"]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }

  /// Serves a new registry, which `prepare` fills, for the length of `body`.
  static func with<Result>(
    _ options: String..., prepare: (URL) throws -> Void = { _ in },
    body: (RunningService) async throws -> Result
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "registry-service-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try command(["init"], in: folder)
    try prepare(folder)
    let service = try RunningService(in: folder, options)
    defer { service.stop() }
    return try await body(service)
  }
}
