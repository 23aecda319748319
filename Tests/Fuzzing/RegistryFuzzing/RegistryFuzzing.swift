internal import CFuzzer
internal import Foundation

/// Gives a parser inputs that coverage leads, as `RegistryFuzzing TARGET [libFuzzer's arguments]`,
/// or writes the first inputs of all parsers, as `RegistryFuzzing --seeds REPOSITORY FOLDER`.
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
    // libFuzzer takes what is no option for a folder, and runs the program again, through a shell, by
    // its first argument.
    var rest = ["\(arguments[0]) \(target.rawValue)"] + arguments.dropFirst(2)
    if !rest.contains(where: { $0.hasPrefix("-max_len=") }) {
      rest.append("-max_len=\(target.maximumByteCount)")
    }
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
