private import Foundation

/// A Python that has the libraries which others use.
package enum Python {
  /// The interpreter that `REGISTRY_PYTHON` names.
  package static let interpreter =
    ProcessInfo.processInfo.environment["REGISTRY_PYTHON"] ?? "python3"

  /// What a program prints; `nil` when it fails.
  package static func run(_ program: String, _ arguments: String...) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }

  /// Whether the interpreter has these modules.
  package static func has(_ modules: String...) -> Bool {
    run("import \(modules.joined(separator: ", "))") != nil
  }
}
