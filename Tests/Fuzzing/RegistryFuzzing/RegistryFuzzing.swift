internal import CFuzzer
internal import Foundation

/// Gives a parser inputs that coverage leads, as `registry-fuzzing TARGET [libFuzzer's arguments]`,
/// or writes the first inputs of all parsers, as `registry-fuzzing --seeds REPOSITORY FOLDER`.
@main
enum RegistryFuzzing {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[1] == "--seeds" {
      try Seeds(repository: URL(filePath: arguments[2])).write(to: URL(filePath: arguments[3]))
      return
    }
    guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
      print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
      exit(arguments.count > 1 ? 64 : 0)
    }
    Self.target = target
    // libFuzzer writes into its arguments, and runs the program again by its first one.
    let rest = [arguments[0], target.rawValue] + arguments.dropFirst(2)
    var pointers: [UnsafeMutablePointer<CChar>?] = rest.map { strdup($0) } + [nil]
    var count = Int32(rest.count)
    let result = pointers.withUnsafeMutableBufferPointer { buffer in
      var base = buffer.baseAddress
      return LLVMFuzzerRunDriver(&count, &base) { bytes, count in
        RegistryFuzzing.target.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      }
    }
    exit(result)
  }

  /// Set once, before the loop begins, which has one thread.
  nonisolated(unsafe) private static var target = FuzzTarget.png
}
