package import Foundation

/// The built programs.
package enum BuiltProgram {
  /// The `registry` binary.
  package static let registry = named("registry")

  /// Where a program is: beside the running test bundle, else in the debug build of the checkout.
  package static func named(_ name: String) -> URL? {
    var candidates: [URL] = []
    for path in ["/proc/self/exe", CommandLine.arguments.first ?? ""] where !path.isEmpty {
      let folder = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent()
      candidates.append(folder.appending(path: name))
    }
    candidates.append(Places.repository.appending(path: ".build/debug/\(name)"))
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
